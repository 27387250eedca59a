"""Runs the program, keeps folders of failures, counts. Shared by the property and the fault tests."""
import argparse
import concurrent.futures
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f00123456789abcdeffedcba9876543210"


class Broken(Exception):
    """A law does not hold."""


def check(holds, message):
    if not holds:
        raise Broken(message)


class Weir:
    """The program, with nothing of the caller's environment that could change an answer."""

    def __init__(self, binary):
        self.binary = os.path.abspath(binary)
        self.key = KEY

    def environment(self, key=None):
        key = self.key if key is None else key
        kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", "TMPDIR") if name in os.environ}
        return {**kept, "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "NO_COLOR": "1", **({} if key is None else {"WEIR_KEY": key})}

    def run(self, folder, *arguments, key=None, timeout=120):
        command = [self.binary, *arguments, "-w", str(folder)]
        return subprocess.run(command, env=self.environment(key), stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout)

    def start(self, folder, *arguments):
        command = [self.binary, *arguments, "-w", str(folder)]
        return subprocess.Popen(command, env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def expect(self, folder, *arguments, code=0):
        done = self.run(folder, *arguments)
        check(done.returncode == code, f"weir {' '.join(arguments)} in {folder}: exit code {done.returncode}, expected {code}\n{text(done)}")
        return done.stdout

    def ingest(self, folder):
        return self.expect(folder, "ingest")


def text(done):
    return (done.stdout + done.stderr).decode("utf-8", "backslashreplace")[-3000:]


def clear_exit(done, *codes):
    """Ended by itself, with one of the codes, and said something where it failed."""
    codes = codes or (0, 1, 2)
    check(done.returncode in codes, f"exit code {done.returncode}, expected one of {codes}: {done.args}\n{text(done)}")
    check(done.returncode == 0 or text(done).strip(), f"failed without a word: {done.args}")


def differences(left, right):
    """What differs between two dicts of outputs, for a person."""
    lines = []
    for name in left:
        if left[name] == right.get(name):
            continue
        a, b = (side.decode("utf-8", "replace").splitlines() for side in (left[name], right.get(name, b"")))
        at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
        lines.append(f"weir {name}: line {at + 1}\n  < " + "\n  < ".join(a[max(0, at - 3):at + 3]) + "\n  > " + "\n  > ".join(b[max(0, at - 3):at + 3]))
    return lines


def check_same(left, right, what):
    lines = differences(left, right)
    check(not lines, f"{what}: {len(lines)} of {len(left)} answers differ\n" + "\n".join(lines[:4]))


def arguments(description, rounds):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(REPOSITORY / "build" / "release" / "weir"), help="the program to test")
    parser.add_argument("--rounds", type=int, default=rounds, help="how often each test runs")
    parser.add_argument("--seed", type=int, help="of the first round (default: another one each time)")
    parser.add_argument("--filter", default="", help="only tests with this text in their name")
    parser.add_argument("--jobs", type=int, default=2)
    return parser


def run_one(name, test, weir, seed):
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"weir-{name}-")).resolve()
    started = time.monotonic()
    try:
        skipped = test(weir, folder, random.Random(seed))
        shutil.rmtree(folder, ignore_errors=True)
        return ("skipped" if skipped else "passed"), f"{skipped or ''}", time.monotonic() - started
    except Broken as broken:
        return "failed", f"{broken}\n(seed {seed}; its folder is kept: {folder})", time.monotonic() - started
    except Exception:  # the test itself went wrong: also a failure
        return "failed", f"{traceback.format_exc()}\n(seed {seed}; its folder is kept: {folder})", time.monotonic() - started


def main(tests, options, at_once=True):
    """`tests`: name -> function(weir, folder, rng). Each runs in a folder of its own, once per round."""
    if not os.access(options.binary, os.X_OK):
        print(f"there is no program at {options.binary}; scripts/build makes one", file=sys.stderr)
        return 1
    weir = Weir(options.binary)
    first = options.seed if options.seed is not None else random.SystemRandom().randrange(1_000_000)
    chosen = [(name, test) for name, test in tests.items() if options.filter in name]
    jobs = [(name, test, first + i) for i in range(options.rounds) for name, test in chosen]
    count = {"passed": 0, "failed": 0, "skipped": 0}
    with concurrent.futures.ThreadPoolExecutor(max_workers=options.jobs if at_once else 1) as pool:
        running = [(name, seed, pool.submit(run_one, name, test, weir, seed)) for name, test, seed in jobs]
        for name, seed, future in running:
            state, detail, seconds = future.result()
            count[state] += 1
            if state != "passed" or len(chosen) == 1 or seconds > 20:
                print(f"{state}: {name} --seed {seed} ({seconds:.1f} s)" + (f"\n  {detail}".replace("\n", "\n  ") if detail else ""), flush=True)
    print(f"first seed {first}")
    print(f"{count['passed']} passed, {count['failed']} failed" + (f", {count['skipped']} skipped" if count["skipped"] else ""))
    return 1 if count["failed"] else (77 if jobs and count["skipped"] == len(jobs) else 0)
