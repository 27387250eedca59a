#!/usr/bin/env python3
"""Tests of the golden runner, with a stand-in for the program."""
import contextlib
import io
import os
import pathlib
import shutil
import tempfile
import textwrap
import unittest
from unittest import mock

import golden_file
import matching
import run


class Matching(unittest.TestCase):
    def test_equal_lines_match(self):
        self.assertTrue(matching.output_matches(["a", "b"], ["a", "b"]))
        self.assertFalse(matching.output_matches(["a", "b"], ["a"]))
        self.assertFalse(matching.output_matches(["a"], ["a", "b"]))
        self.assertTrue(matching.output_matches([], []))

    def test_wildcard_stays_within_a_line_and_the_rest_is_literal(self):
        self.assertTrue(matching.line_matches("took [...] s (x+)", "took 1.5 s (x+)"))
        self.assertFalse(matching.line_matches("took [...] s (x+)", "took 1.5 s (xx)"))
        self.assertTrue(matching.line_matches("[...]", ""))

    def test_dots_stand_for_any_number_of_lines(self):
        self.assertTrue(matching.output_matches(["..."], []))
        self.assertTrue(matching.output_matches(["a", "...", "z"], ["a", "z"]))
        self.assertTrue(matching.output_matches(["a", "...", "z"], ["a", "z", "q", "z"]))
        self.assertFalse(matching.output_matches(["a", "...", "z"], ["a", "z", "q"]))
        self.assertTrue(matching.output_matches(["...", "m[...]", "..."], ["a", "mm", "z"]))

    def test_escaped_line_is_literal(self):
        self.assertTrue(matching.output_matches(["\\..."], ["..."]))
        self.assertFalse(matching.output_matches(["\\..."], ["a"]))
        self.assertTrue(matching.line_matches("\\[...]", "[...]"))


class Reading(unittest.TestCase):
    def parse(self, text):
        return golden_file.parse(textwrap.dedent(text), "x.test")

    def steps(self, text, kind):
        return [step for step in self.parse(text).steps if isinstance(step, kind)]

    def test_files_commands_and_exit_codes(self):
        test = self.parse("""\
            # holds
            file weir.yaml
            weir: 1

            indented: [ok]
            end

            $ weir check
            fine
            $ weir bad
            no
            exit 2
            """)
        self.assertEqual(test.sentence, "holds")
        file, first, second = test.steps
        self.assertEqual((file.path, file.content), ("weir.yaml", "weir: 1\n\nindented: [ok]\n"))
        self.assertEqual((first.command, first.expected, first.exit_code), ("weir check", ["fine"], 0))
        self.assertEqual((second.command, second.expected, second.exit_code), ("weir bad", ["no"], 2))

    def test_blank_lines_inside_output_count_and_at_its_end_do_not(self):
        command = self.steps("# holds\n$ weir x\na\n\nb\n\n\n$ weir y\n", golden_file.RunCommand)[0]
        self.assertEqual(command.expected, ["a", "", "b"])

    def test_command_continues_over_lines(self):
        command = self.steps("# holds\n$ cat <<E\n> one\n> E\none\n", golden_file.RunCommand)[0]
        self.assertEqual((command.command, command.expected), ("cat <<E\none\nE", ["one"]))

    def test_file_after_a_command_is_a_later_step(self):
        test = self.parse("# holds\n$ weir run\nfine\n\nfile b.csv\nx\nend\n$ weir run\n")
        self.assertEqual([type(step).__name__ for step in test.steps], ["RunCommand", "WriteFile", "RunCommand"])
        self.assertEqual(test.steps[0].expected, ["fine"])

    def test_table_becomes_csv(self):
        file = self.steps('# holds\ntable a.csv\nid  name\n1   "Two, words"\n2   -\nend\n$ true\n', golden_file.WriteFile)[0]
        self.assertEqual(file.content, 'id,name\n1,"Two, words"\n2,\n')

    def test_events_bring_a_workspace(self):
        config, events = self.steps("# holds\nevents\nid lead occurred_at type amount plan\n1 L1 2026-01-02 lead.sql 5 gold\n$ true\n",
                                    golden_file.WriteFile)
        self.assertEqual(events.path, "data/events.csv")
        self.assertEqual(config.content, textwrap.dedent("""\
            weir: 1
            workspace: golden
            sources:
              events:
                read: data/events*.csv
                key: id
                keys: { lead: lead }
                events:
                  - { type: { from: type }, name: event, occurred_at: occurred_at, amount: amount, properties: { plan: plan } }
            """))

    def test_workspace_adds_sources_and_replaces_other_sections(self):
        text = golden_file.default_workspace(["occurred_at", "type"], "workspace: other\nsources:\n  more:\n    read: m.csv\nas_of: 2026-03-01\n")
        self.assertIn("workspace: other\n", text)
        self.assertEqual(text.count("sources:"), 1)
        self.assertLess(text.index("  events:\n"), text.index("  more:\n"))
        self.assertTrue(text.endswith("as_of: 2026-03-01\n"))

    def test_own_weir_yaml_wins(self):
        files = self.steps("# holds\nevents\noccurred_at type\n2026-01-02 a\n\nfile weir.yaml\nweir: 1\nend\n$ true\n", golden_file.WriteFile)
        self.assertEqual([file.path for file in files], ["data/events.csv", "weir.yaml"])

    def test_mistakes_name_the_line(self):
        for text, what in {
                "no sentence\n": "x.test:1: the first line must be",
                "# holds\nfile a\nx\n$ weir\n": "x.test:2: this block has no line `end`",
                "# holds\nfiel a\n$ true\n": "x.test:2: 'fiel a' is no directive",
                "# holds\nfile ../a\nend\n$ true\n": "x.test:2: '../a' leaves",
                "# holds\ntable a.csv\na b\n1\n$ true\n": "x.test:4: this row has 1 cells, the header 2",
                "# holds\nevents\nlead type\nL1 a\n$ true\n": "x.test:2: an events table needs a column occurred_at",
                "# holds\n": "there is no command",
        }.items():
            with self.subTest(text), self.assertRaisesRegex(golden_file.FormatError, what.replace("(", r"\(")):
                golden_file.parse(text, "x.test")


class Running(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-run-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.program = self.folder / "stand-in"
        self.program.write_text('#!/bin/bash\necho "out $1"; echo "err" >&2; pwd; [ "$1" != bad ] || exit 2\n')
        self.program.chmod(0o755)

    def run_text(self, text, *options):
        path = self.folder / "t.test"
        path.write_text(text)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            status = run.main(["--weir", str(self.program), *options, str(path)])
        return status, out.getvalue(), path.read_text()

    def test_output_is_stdout_then_stderr_and_the_folder_has_a_name(self):
        status, out, _ = self.run_text("# holds\n$ weir x\nout x\n$DIR\nerr\n")
        self.assertEqual(status, 0, out)
        self.assertIn("golden: 1 passed, 0 failed in", out)

    def test_difference_fails_and_is_shown(self):
        status, out, _ = self.run_text("# holds\n$ weir x\nout y\n...\n")
        self.assertEqual(status, 1)
        self.assertIn("-out y", out)
        self.assertIn("+out x", out)
        self.assertIn("golden: 0 passed, 1 failed", out)

    def test_exit_code_is_checked(self):
        self.assertEqual(self.run_text("# holds\n$ weir bad\n...\nexit 2\n")[0], 0)
        status, out, _ = self.run_text("# holds\n$ weir bad\n...\n")
        self.assertEqual(status, 1)
        self.assertIn("exit code 2, expected 0", out)

    def test_update_rewrites_only_what_differs(self):
        before = "# holds\n$ weir x\n...\n\n# a comment\n$ weir bad\nold\n\nfile a\nx\nend\n$ cat a\nx\n"
        status, _, after = self.run_text(before, "--update")
        self.assertEqual(status, 0)
        self.assertEqual(after, "# holds\n$ weir x\n...\n\n# a comment\n$ weir bad\nout bad\n$DIR\nerr\nexit 2\n\nfile a\nx\nend\n$ cat a\nx\n")
        self.assertEqual(self.run_text(after)[0], 0)

    def test_update_escapes_output_that_reads_as_a_directive(self):
        status, _, after = self.run_text("# holds\n$ printf '...\\n\\nfile x\\n$ y\\n[...]\\nexit 3\\n'\n", "--update")
        self.assertEqual(status, 0)
        self.assertTrue(after.endswith("\n\\...\n\n\\file x\n\\$ y\n\\[...]\n\\exit 3\n"), after)
        self.assertEqual(self.run_text(after)[0], 0)

    def test_unset_data_skips(self):
        with mock.patch.dict(os.environ):
            os.environ.pop("WEIR_DATA", None)
            status, out, _ = self.run_text("# holds\nneeds data\n$ weir x\n")
            self.assertEqual(status, run.SKIPPED)
            self.assertIn("no data", out)

    def test_data_is_linked(self):
        (self.folder / "real").mkdir()
        (self.folder / "real" / "a.csv").write_text("x\n")
        with mock.patch.dict(os.environ, {"WEIR_DATA": str(self.folder)}):
            self.assertEqual(self.run_text("# holds\ndata real/a.csv as b.csv\n$ cat b.csv\nx\n")[0], 0)
            status, out, _ = self.run_text("# holds\ndata real/c.csv\n$ true\n")
            self.assertEqual(status, 1)
            self.assertIn("real/c.csv is not in the folder", out)

    def test_a_command_that_hangs_is_ended(self):
        status, out, _ = self.run_text("# holds\n$ sleep 20; echo late\n", "--timeout", "0.3")
        self.assertEqual(status, 1)
        self.assertIn("still ran after", out)

    def test_environment_is_fixed(self):
        with mock.patch.dict(os.environ, {"SECRET_OF_CALLER": "1"}):
            status, out, _ = self.run_text("# holds\n$ echo \"${SECRET_OF_CALLER:-none} ${#WEIR_KEY} $TZ\"\nnone 64 UTC\n", "--zone", "UTC")
        self.assertEqual(status, 0, out)


if __name__ == "__main__":
    unittest.main()
