#!/usr/bin/env python3
"""Adds up ctest's JUnit reports.

    ctest_summary.py --one NAME --seconds N REPORT.xml    one line about one run; the output of each failed test
    ctest_summary.py [--extra-failures N] FOLDER          the closing line over all reports: "N passed, N failed"

The exit status is 1 when anything failed or nothing passed.
"""
import argparse
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

SHOWN_LINES = 60
SHOWN_FAILURES = 20


def read_report(path):
    """(passed, failed, skipped) as lists of (name, output)."""
    passed, failed, skipped = [], [], []
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        output = case.findtext("system-out") or ""
        entry = (case.get("name"), output)
        status = case.get("status")
        if case.find("skipped") is not None or status in ("notrun", "disabled"):
            # ctest also says "notrun" of a test whose program is missing: that is a failure, not a skip.
            skipped_node = case.find("skipped")
            why = (skipped_node.get("message") if skipped_node is not None else "") or ""
            (failed if "Unable to find" in why or "NOT_BUILT" in entry[0] or "NOT_AVAILABLE" in why else skipped).append(entry)
        elif case.find("failure") is not None or case.find("error") is not None or status == "fail":
            failed.append(entry)
        else:
            passed.append(entry)
    return passed, failed, skipped


def report_one(name, seconds, path):
    passed, failed, skipped = read_report(path)
    for test, output in failed[:SHOWN_FAILURES]:
        lines = output.rstrip().splitlines()
        print(f"--- {test} failed ---")
        if len(lines) > SHOWN_LINES:
            print(f"... {len(lines) - SHOWN_LINES} lines above")
        print("\n".join(lines[-SHOWN_LINES:]))
    if len(failed) > SHOWN_FAILURES:
        print(f"... and {len(failed) - SHOWN_FAILURES} more failed tests")
    counts = f"{len(passed)} passed, {len(failed)} failed" + (f", {len(skipped)} skipped" if skipped else "")
    print(f"test: {name}: {counts} in {seconds} s", flush=True)
    return 0 if not failed else 1


def report_all(folder, extra_failures):
    passed = failed = 0
    names, skipped = [], []
    for path in sorted(pathlib.Path(folder).glob("*.xml")):
        good, bad, left_out = read_report(path)
        passed += len(good)
        failed += len(bad)
        names += [f"{path.stem}: {name}" for name, _ in bad]
        skipped += left_out
    for name in names:
        print(f"failed: {name}")
    if extra_failures:
        print("failed: a build or a test run did not come through; see above")
    if skipped:
        print(f"{len(skipped)} skipped (no data, or long)")
    print(f"{passed} passed, {failed + extra_failures} failed", flush=True)
    return 0 if passed and not failed and not extra_failures else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--one")
    parser.add_argument("--seconds", type=int, default=0)
    parser.add_argument("--extra-failures", type=int, default=0)
    parser.add_argument("path")
    options = parser.parse_args()
    if options.one:
        return report_one(options.one, options.seconds, options.path)
    return report_all(options.path, options.extra_failures)


if __name__ == "__main__":
    sys.exit(main())
