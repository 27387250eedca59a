#!/usr/bin/env python3
"""Runs the commands that READMEs show and compares what they print: readme.py --weir PROGRAM [--update] [README ...].

Of a README in examples/: its ```sh blocks are run in order, in a copy of its folder (lines that begin with `cd` left out);
then each `$ command` of a ```text block must print what stands below it. Of the README at the top: the demo's workspace is
made by `$ scripts/demo ...` as the script does, and what follows runs in it. Seconds in brackets are not compared; a line `...` stands for
any number of lines. Exit status: 0 all passed, 1 some failed, 77 all were skipped (no WEIR_DATA).
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import matching
import run

TOP = run.HERE.parent.parent
DEMO = "build/demo"
SECONDS = re.compile(r"\(\d+\.\d s\)")


class Block:
    """Lines [first, last) of the file, between the fences."""

    def __init__(self, kind, first, last):
        self.kind, self.first, self.last = kind, first, last


def blocks_of(lines):
    blocks, opened = [], None
    for i, line in enumerate(lines):
        if not line.startswith("```"):
            continue
        if opened is None:
            opened = (line[3:].strip(), i + 1)
        else:
            blocks.append(Block(opened[0], opened[1], i))
            opened = None
    return blocks


def shown_commands(lines, block):
    """(command, first and last line of its output) of a text block that begins with a command."""
    if block.first == block.last or not lines[block.first].startswith("$ "):
        return []
    starts = [i for i in range(block.first, block.last) if lines[i].startswith("$ ")] + [block.last]
    found = []
    for start, following in zip(starts, starts[1:]):
        end = following
        while end > start + 1 and not lines[end - 1].strip():
            end -= 1
        found.append((lines[start][2:], start + 1, end))
    return found


class Step:
    def __init__(self, command):
        self.command = command


def without_seconds(lines):
    return [SECONDS.sub("(0.0 s)", line) for line in lines]


def run_blocks(lines, folder, env, is_top, timeout):
    """(what went wrong, [(first, last, new lines)])."""
    problems, changes = [], []
    for block in blocks_of(lines):
        if block.kind == "sh" and not is_top:
            script = "\n".join(line for line in lines[block.first:block.last] if not line.startswith("cd "))
            output, code = run.run_command(Step(script), folder, env, timeout)
            if code != 0:
                return problems + [f"line {block.first}: this block ends with exit code {code}\n" + "\n".join(output[-20:])], changes
        for command, first, last in shown_commands(lines, block) if block.kind == "text" else []:
            if is_top and command.startswith("scripts/demo"):
                demo = folder / DEMO
                demo.mkdir(parents=True)
                actual, _ = run.run_command(Step(command.replace("scripts/demo", f"weir demo --workspace {DEMO}")), folder, env, timeout)
                folder = demo
            else:
                actual, _ = run.run_command(Step(command), folder, env, timeout)
            if matching.output_matches(without_seconds(lines[first:last]), without_seconds(actual)):
                continue
            problems.append(f"line {first}: $ {command}\n" + matching.difference(without_seconds(lines[first:last]), without_seconds(actual)))
            changes.append((first, last, actual))
    return problems, changes


def check_readme(path, options):
    """passed | failed | skipped | updated, and why."""
    lines = path.read_text(encoding="utf-8").split("\n")
    is_top = path.parent == TOP
    if not is_top and not os.environ.get("WEIR_DATA"):
        return "skipped", "no data"
    base = pathlib.Path(tempfile.mkdtemp(prefix="weir-readme-")).resolve()
    folder = base / "workspace"
    folder.mkdir()
    try:
        if not is_top:
            shutil.copytree(path.parent, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("data", ".weir"))
        problems, changes = run_blocks(lines, folder, run.environment(base, options.weir, "UTC"), is_top, options.timeout)
    except subprocess.TimeoutExpired as expired:
        return "failed", f"$ {expired.cmd[-1]}\nstill ran after {options.timeout} s and was ended"
    finally:
        shutil.rmtree(base, ignore_errors=True)
    if not problems:
        return "passed", ""
    cut = [change for change in changes if matching.ANY_LINES in lines[change[0]:change[1]]]
    if not options.update or len(changes) < len(problems) or cut:
        return "failed", "\n".join(problems)
    for first, last, new in reversed(changes):
        lines[first:last] = new
    path.write_text("\n".join(lines), encoding="utf-8")
    return "updated", "\n".join(problems)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weir", default=str(TOP / "build" / "release" / "weir"), help="the program to test")
    parser.add_argument("--update", action="store_true", help="rewrite what differs, but not where a line `...` stands for some of it")
    parser.add_argument("--timeout", type=float, default=1200, help="seconds for one command: the demo of the top one, also under sanitizers")
    parser.add_argument("paths", nargs="*")
    options = parser.parse_args()
    options.weir = os.path.abspath(options.weir)
    paths = [pathlib.Path(path).resolve() for path in options.paths] or [TOP / "README.md", *sorted(TOP.glob("examples/*/README.md"))]
    states = []
    for path in paths:
        state, detail = check_readme(path, options)
        states.append(state)
        print(f"{state}: {path.relative_to(TOP)}" + (f"\n  {detail}".replace("\n", "\n  ") if detail else ""), flush=True)
    if "failed" in states:
        return 1
    return run.SKIPPED if all(state == "skipped" for state in states) else 0


if __name__ == "__main__":
    sys.exit(main())
