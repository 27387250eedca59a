#!/usr/bin/env python3
"""Runs golden tests: run.py --weir PROGRAM [--update] [--filter TEXT] [--jobs N] [FILE or FOLDER ...].

The format of a test: tests/golden/README.md. Exit status: 0 all passed, 1 some failed, 77 all were skipped.
"""
import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import golden_file
import matching

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLES = HERE.parent.parent / "examples"
ZONES = ("UTC", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "America/St_Johns", "Europe/Berlin", "Pacific/Kiritimati")
# A fixed key makes keyed hashes, and so every output, the same in each run. It protects nothing.
TEST_KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f00123456789abcdeffedcba9876543210"
PASSED_THROUGH = ("ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LD_LIBRARY_PATH", "LD_PRELOAD", "WEIR_DATA",
                  "WEIR_LONG_TESTS", "TMPDIR")
SKIPPED = 77


@dataclasses.dataclass
class Outcome:
    path: pathlib.Path
    state: str  # passed | failed | skipped | updated
    detail: str
    seconds: float


def find_tests(arguments, filter_text):
    paths = []
    for argument in arguments or [HERE]:
        place = pathlib.Path(argument)
        paths += sorted(place.rglob("*.test")) if place.is_dir() else [place]
    return [path for path in paths if filter_text in str(path)]


def why_skipped(test):
    if "data" in test.needs and not os.environ.get("WEIR_DATA"):
        return "no data"
    if "long" in test.needs and not os.environ.get("WEIR_LONG_TESTS"):
        return "long"
    return None


def environment(folder, program, zone):
    """Nothing of the caller's environment but what is named here reaches a test."""
    kept = {name: os.environ[name] for name in PASSED_THROUGH if name in os.environ}
    tools = folder / "bin"
    tools.mkdir()
    (tools / "weir").symlink_to(program)
    path = f"{tools}:/usr/local/bin:/usr/bin:/bin"
    home = folder / "home"
    home.mkdir()
    return {**kept, "PATH": path, "HOME": str(home), "TZ": zone, "LC_ALL": "C.UTF-8", "NO_COLOR": "1", "WEIR_KEY": TEST_KEY}


def apply_step(step, folder):
    if isinstance(step, golden_file.CopyExample):
        example = EXAMPLES / step.name
        if not (example / "weir.yaml").is_file():
            return f"line {step.line}: there is no examples/{step.name}/weir.yaml"
        shutil.copytree(example, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("README.md", "data", ".weir"))
        return None
    place = folder / step.path
    place.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(step, golden_file.WriteFile):
        place.write_text(step.content, encoding="utf-8")
        return None
    source = pathlib.Path(os.environ["WEIR_DATA"]) / step.source
    if not source.exists():
        return f"line {step.line}: {step.source} is not in the folder of WEIR_DATA"
    place.symlink_to(source)
    return None


def run_command(step, folder, env, limit_s):
    """(output lines: all of stdout, then all of stderr; exit code)."""
    with subprocess.Popen(["bash", "-c", step.command], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, start_new_session=True) as process:
        try:
            streams = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # bash and all that it started
            raise
    text = b"".join(part if part.endswith(b"\n") or not part else part + b"\n" for part in streams)
    lines = [line.rstrip() for line in text.decode("utf-8", "backslashreplace").replace(str(folder), "$DIR").split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines, process.returncode if process.returncode >= 0 else 128 - process.returncode


def as_expected(actual):
    """Actual output as lines of a golden test; a line that would read as something else there is escaped."""
    lines = []
    for at, line in enumerate(actual):
        after_blank = at == 0 or not actual[at - 1]
        special = line.startswith(("$ ", "\\")) or line == matching.ANY_LINES or matching.ANY_IN_LINE in line
        special = special or re.fullmatch(r"exit \d{1,3}", line) or (at == 0 and line.startswith("> "))
        special = special or (after_blank and golden_file.DIRECTIVE.match(line))
        lines.append("\\" + line if special else line)
    return lines


def run_test(path, options):
    started = time.monotonic()

    def outcome(state, detail=""):
        return Outcome(path, state, detail, time.monotonic() - started)

    try:
        test = golden_file.parse(path.read_text(encoding="utf-8"), str(path))
    except (golden_file.FormatError, OSError, UnicodeDecodeError) as error:
        return outcome("failed", str(error))
    if reason := why_skipped(test):
        return outcome("skipped", reason)

    base = pathlib.Path(tempfile.mkdtemp(prefix="weir-golden-")).resolve()
    folder = base / "workspace"
    folder.mkdir()
    zone = options.zone or random.choice(ZONES)
    keep = False
    try:
        detail, changes = run_steps(test, folder, environment(base, options.weir, zone), options)
        if changes and options.update:
            update(path, test, changes)
            return outcome("updated", detail)
        if not detail:
            return outcome("passed")
        keep = options.keep
        where = f"\nits folder is kept: {folder}" if keep else ""
        return outcome("failed", f"{path}: {test.sentence}\n{detail}\n(time zone {zone}){where}")
    finally:
        if not keep:
            shutil.rmtree(base, ignore_errors=True)


def run_steps(test, folder, env, options):
    """(text of what differs, [(command, its new lines)])."""
    details, changes = [], []
    for step in test.steps:
        if not isinstance(step, golden_file.RunCommand):
            if problem := apply_step(step, folder):
                return problem, []
            continue
        try:
            actual, exit_code = run_command(step, folder, env, options.timeout)
        except subprocess.TimeoutExpired:
            return f"line {step.line}: $ {step.command}\nstill ran after {options.timeout} s and was ended", []
        same = matching.output_matches(step.expected, actual)
        if same and exit_code == step.exit_code:
            continue
        problem = f"line {step.line}: $ {step.command}"
        if not same:
            problem += "\n" + matching.difference(step.expected, actual)
        if exit_code != step.exit_code:
            problem += f"\nexit code {exit_code}, expected {step.exit_code}"
        details.append(problem)
        new = (step.expected if same else as_expected(actual)) + ([f"exit {exit_code}"] if exit_code else [])
        changes.append((step, new))
        if not options.update and exit_code != step.exit_code:
            break  # what follows would only echo this
    return "\n".join(details), changes


def update(path, test, changes):
    lines = list(test.lines)
    for step, new in reversed(changes):
        lines[step.output_from:step.output_to] = new
    path.write_text("\n".join(lines).rstrip("\n") + "\n", encoding="utf-8")


def report(outcomes, seconds, options):
    for outcome in outcomes:
        if outcome.state in ("failed", "updated") or options.verbose:
            print(f"{outcome.state}: {outcome.path} ({outcome.seconds:.1f} s)")
        if outcome.state == "failed":
            print("  " + outcome.detail.replace("\n", "\n  "))
        elif outcome.state == "skipped":
            print(f"skipped: {outcome.path}: {outcome.detail}")
    count = {state: sum(outcome.state == state for outcome in outcomes) for state in ("passed", "failed", "skipped", "updated")}
    if len(outcomes) > 5:
        slowest = sorted(outcomes, key=lambda outcome: -outcome.seconds)[:3]
        print("slowest: " + ", ".join(f"{outcome.path.stem} {outcome.seconds:.1f} s" for outcome in slowest))
    extra = "".join(f", {count[state]} {state}" for state in ("updated", "skipped") if count[state])
    print(f"golden: {count['passed']} passed, {count['failed']} failed{extra} in {seconds:.1f} s")
    if count["failed"]:
        return 1
    return SKIPPED if count["skipped"] == len(outcomes) else 0


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weir", default=str(HERE.parent.parent / "build" / "release" / "weir"), help="the program to test")
    parser.add_argument("--update", action="store_true", help="rewrite expected outputs that differ; read the diff before you commit it")
    parser.add_argument("--filter", default="", help="only tests with this text in their path")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=120, help="seconds for one command")
    parser.add_argument("--zone", help="time zone of the machine, as the tests see it (default: another one for each test)")
    parser.add_argument("--keep", action="store_true", help="keep the folder of a failed test")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("paths", nargs="*")
    options = parser.parse_args(arguments)
    options.weir = os.path.abspath(options.weir)
    if not os.access(options.weir, os.X_OK):
        print(f"golden: there is no program at {options.weir}; scripts/build makes one", file=sys.stderr)
        return 1
    tests = find_tests(options.paths, options.filter)
    if not tests:
        print("golden: no test found", file=sys.stderr)
        return 1
    started = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, options.jobs)) as pool:
        outcomes = list(pool.map(lambda path: run_test(path, options), tests))
    return report(outcomes, time.monotonic() - started, options)


if __name__ == "__main__":
    sys.exit(main())
