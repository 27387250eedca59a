#!/usr/bin/env python3
"""Tests of the tools themselves."""
import contextlib
import io
import pathlib
import shutil
import tempfile
import unittest

import check_layers
import ctest_summary
import tidy


class Folder(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="weir-tools-test-"))
        self.addCleanup(shutil.rmtree, self.root)

    def write(self, path, text):
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


class Layers(Folder):
    def setUp(self):
        super().setUp()
        self.write("CMakeLists.txt", "weir_rooms(\n  base store  # ground\n  funnel leaks)\n")
        self.write("src/base/CMakeLists.txt", "weir_room(base\n  HEADERS time.h\n  SOURCES time.cc)\n")
        self.write("src/base/time.h", "#pragma once\n")
        self.write("src/store/CMakeLists.txt", "weir_room(store HEADERS part.h DEPENDS base LIBRARIES PRIVATE x::y)\n")
        self.write("src/store/part.h", '#include "base/time.h"\n#include <sqlite3.h>\n')
        self.write("src/store/raw.h", '#include "store/part.h"\n')
        self.write("src/funnel/CMakeLists.txt", "weir_room(funnel HEADERS stay.h SOURCES stay.cc DEPENDS base KERNEL)\n")
        self.write("src/funnel/stay.h", "")

    def test_upward_includes_of_public_headers_hold(self):
        self.write("src/funnel/stay.cc", '#include "funnel/stay.h"\n#include "base/time.h"\n')
        self.assertEqual(check_layers.check(self.root), [])

    def test_each_breach_is_named_with_its_line(self):
        for text, what in {
                '\n#include "leaks/scan.h"\n': "src/funnel/stay.cc:2: \"leaks/scan.h\": funnel may not use leaks",
                '#include "base/hidden.h"\n': '"base/hidden.h" is private to base',
                '#include "stay.h"\n': '"stay.h" is no path from src/',
                '#include "gtest/gtest.h"\n': "is no path from src/",
                '#include "store/part.h"\n': "funnel does not name store in its DEPENDS",
        }.items():
            with self.subTest(text):
                self.write("src/funnel/stay.cc", text)
                breaches = check_layers.check(self.root)
                self.assertEqual(len(breaches), 1)
                self.assertIn(what, breaches[0])

    def test_first_target_does_not_use_its_part(self):
        self.write("src/funnel/CMakeLists.txt", "weir_room(funnel HEADERS stay.h SOURCES stay.cc DEPENDS base KERNEL)\n"
                   "weir_room(funnel PART build HEADERS build.h SOURCES build.cc DEPENDS base store funnel)\n")
        self.write("src/funnel/build.h", '#include "store/part.h"\n#include "funnel/stay.h"\n')
        self.write("src/funnel/build.cc", '#include "funnel/build.h"\n')
        self.assertEqual(check_layers.check(self.root), [])
        self.write("src/funnel/stay.cc", '#include "funnel/build.h"\n#include "store/part.h"\n')
        breaches = check_layers.check(self.root)
        self.assertEqual(len(breaches), 2)
        self.assertIn("belongs to the part build", breaches[0])
        self.assertIn("funnel does not name store", breaches[1])

    def test_missing_header_and_unknown_room_are_found(self):
        self.write("src/helpers/x.h", "")
        (self.root / "src/store/part.h").unlink()
        breaches = " ".join(check_layers.check(self.root))
        self.assertIn("header part.h does not exist", breaches)
        self.assertIn("src/helpers: is no room", breaches)


class Tidy(unittest.TestCase):
    def rules(self, path, text):
        return [rule for _, rule, _ in tidy.check_text(pathlib.Path(path), text)]

    def test_bans(self):
        unfinished = "FIX" + "ME"
        host = "pypi" + ".org"
        for path, text, rule in [
                ("src/funnel/a.cc", f"// {unfinished}: later", "unfinished"),
                ("scripts/build", f"# {unfinished}", "unfinished"),
                ("src/funnel/a.cc", "auto t = std::chrono::system_clock::now();", "system-clock"),
                ("src/funnel/a.cc", "} catch (...) {", "catch-all"),
                ("src/funnel/a.h", "std::cout << 1;", "cout"),
                ("src/funnel/a.h", "int x;  // NOLINT", "nolint"),
                ("src/funnel/a.h", "int x;  // NOLINT(misc-x)", "nolint"),
                ("docs/a.md", f"from files.{host} by hand", "registry-host"),
                ("docs/a.md", "see /wo" + "rk/shared/x", "machine-path"),
        ]:
            with self.subTest(text):
                self.assertEqual(self.rules(path, text), [rule])

    def test_what_is_allowed(self):
        for path, text in [
                ("src/base/clock.cc", "std::chrono::system_clock::now()"),
                ("src/cli/main.cc", "std::cout << table;"),
                ("src/base/a.h", "Result(T v);  // NOLINT(google-explicit-constructor): as std::expected"),
                ("docs/a.md", "a FIX" + "ME in prose is no code"),
                ("src/funnel/a.cc", "catch (const std::exception& error)"),
        ]:
            with self.subTest(text):
                self.assertEqual(self.rules(path, text), [])

    def test_this_checkout_names_only_existing_exceptions(self):
        known = {rule for rule, _, _, _ in tidy.BANS}
        self.assertLessEqual({rule for rule, _ in tidy.ALLOWED}, known)


class Summary(Folder):
    REPORT = """<testsuite>
      <testcase name="a" status="run"/>
      <testcase name="b" status="fail"><failure message="x"/><system-out>boom</system-out></testcase>
      <testcase name="c" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/></testcase>
      <testcase name="d_NOT_BUILT" status="notrun"><skipped message="Unable to find executable"/></testcase>
    </testsuite>"""

    def closing(self, *arguments):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            status = ctest_summary.report_all(*arguments)
        return status, out.getvalue().splitlines()

    def test_sum_over_reports(self):
        self.write("one.xml", self.REPORT)
        self.write("two.xml", '<testsuite><testcase name="e" status="run"/></testsuite>')
        status, lines = self.closing(self.root, 0)
        self.assertEqual((status, lines[-1]), (1, "2 passed, 2 failed"))
        self.assertIn("failed: one: b", lines)

    def test_all_good_and_nothing_run(self):
        self.assertEqual(self.closing(self.root, 0), (1, ["0 passed, 0 failed"]))
        self.write("two.xml", '<testsuite><testcase name="e" status="run"/></testsuite>')
        self.assertEqual(self.closing(self.root, 0), (0, ["1 passed, 0 failed"]))
        self.assertEqual(self.closing(self.root, 1)[1][-1], "1 passed, 1 failed")


if __name__ == "__main__":
    unittest.main()
