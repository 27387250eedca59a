#!/usr/bin/env python3
"""Expressions that weir evaluates itself store what the query engine would: evaluators.py --weir PROGRAM [--filter TEXT].

Takes in the data of every golden test twice, as it is and with WEIR_EXPRESSIONS=engine, and compares the parts (by their hashes: records,
events and entities to the byte), the counts of the deliveries and the quarantine. Exit status: 0 all are equal, 1 some differ, 77 no test has data.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import golden_file
import run

STORING = re.compile(r"\bweir\b.*\b(ingest|apply|run|replay|init|contract|plan)\b")


def stored(folder, env):
    """What the states under `folder` hold: parts, deliveries and quarantined records."""
    found = {}
    for manifest in sorted(folder.rglob("manifest.json")):
        body = json.loads(manifest.read_text(encoding="utf-8"))["body"]
        state = manifest.parent
        listed = subprocess.run(["weir", "quarantine", "list", "--json", "--workspace", str(state.parent), "--state", str(state)],
                                env=env, cwd=folder, capture_output=True, text=True, check=False).stdout
        parts = sorted((part["source"], part["kind"], part["rows"], part["hash"]) for part in body["parts"])
        deliveries = [(one["source"], one["name"], one["accepted"], one["rejected"], one["repeated"]) for one in body["deliveries"]]
        found[str(state.relative_to(folder))] = (parts, deliveries, listed)
    return found


def take_in(test, program, expressions):
    base = pathlib.Path(tempfile.mkdtemp(prefix="weir-evaluators-")).resolve()
    try:
        folder = base / "workspace"
        folder.mkdir()
        env = run.environment(base, program, "UTC")
        if expressions:
            env["WEIR_EXPRESSIONS"] = expressions
        for step in test.steps:
            if not isinstance(step, golden_file.RunCommand):
                if problem := run.apply_step(step, folder):
                    raise RuntimeError(problem)
            elif "weir" not in step.command or STORING.search(step.command):
                run.run_command(step, folder, env, 120)
        return stored(folder, {**env, "PATH": env["PATH"]})
    finally:
        shutil.rmtree(base, ignore_errors=True)


def compare(path, program):
    """(rows in parts, what differs)."""
    test = golden_file.parse(path.read_text(encoding="utf-8"), str(path))
    if run.why_skipped(test):
        return 0, None
    ours, engine = take_in(test, program, ""), take_in(test, program, "engine")
    rows = sum(part[2] for parts, _, _ in ours.values() for part in parts)
    if ours == engine:
        return rows, None
    differing = [state for state in sorted(ours.keys() | engine.keys()) if ours.get(state) != engine.get(state)]
    return rows, f"{path}: stored otherwise in {', '.join(differing)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weir", default=str(run.HERE.parent.parent / "build" / "release" / "weir"))
    parser.add_argument("--filter", default="")
    options = parser.parse_args()
    program = os.path.abspath(options.weir)
    tests = run.find_tests([], options.filter)
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        outcomes = list(pool.map(lambda path: compare(path, program), tests))
    rows = sum(count for count, _ in outcomes)
    wrong = [problem for _, problem in outcomes if problem]
    print("\n".join(wrong + [f"evaluators: {len(tests)} tests, {rows} stored rows, {len(wrong)} differ"]))
    if not rows:
        return run.SKIPPED
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
