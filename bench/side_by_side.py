"""What the benches share: a command measured from outside, the machine in words, a table in docs/benchmarks.md.

Every contestant runs in a process of its own, so that CPU seconds (user and system, all threads), wall seconds and peak memory are
measured the same way for all: by the kernel, at its end. Order of use: equality of the answers first, then the figures of the same run.
"""
import dataclasses
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "benchmarks.md"


@dataclasses.dataclass
class Measured:
    """One command: its output as text, CPU seconds of all its threads and children, wall seconds, peak resident bytes."""

    output: str
    cpu: float
    wall: float
    peak: int


# A process inherits the peak memory of the one that starts it: this one, small, stands between.
LAUNCHER = """import json, os, sys
process = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(process, 0)
os.write(int(sys.argv[1]), json.dumps([status, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024]).encode())
"""


def measure(command, folder=None, environment=None):
    """Runs `command` (a list) to its end. An exit code other than 0 ends the bench with what the command said."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err, tempfile.TemporaryFile("w+") as figures:
        words = [sys.executable, "-I", "-S", "-c", LAUNCHER, str(figures.fileno()), *(str(word) for word in command)]
        begin = time.monotonic()
        subprocess.run(words, cwd=folder, stdout=out, stderr=err, env=environment, pass_fds=[figures.fileno()], check=False)
        wall = time.monotonic() - begin
        out.seek(0)
        err.seek(0)
        figures.seek(0)
        text = figures.read()
        if not text:
            sys.exit(f"{' '.join(map(str, command))}: could not be started\n{err.read().strip()}")
        status, cpu, peak = json.loads(text)
        code = os.waitstatus_to_exitcode(status)
        if code != 0:
            sys.exit(f"{' '.join(map(str, command))}: exit code {code}\n{err.read().strip()}")
        return Measured(out.read(), cpu, wall, peak)


def best_of(runs, command, folder=None):
    """The run with the fewest CPU seconds out of `runs`: other work on the machine only ever adds."""
    return min((measure(command, folder) for _ in range(runs)), key=lambda measured: measured.cpu)


def in_turns(runs, commands, prepare=None):
    """The best run of each of {name: command}. The machine's pace changes by the minute: each runs once or twice, then the next, until all have run
    `runs` times. `prepare(name)` is called before each run."""
    kept = {}
    for done in range(0, runs, 2):
        for name, command in commands.items():
            for _ in range(min(2, runs - done)):
                if prepare:
                    prepare(name)
                measured = measure(command)
                if name not in kept or measured.cpu < kept[name].cpu:
                    kept[name] = measured
    return kept


def machine():
    """One line: cores, processor, commit, date."""
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    return f"{os.cpu_count()} cores of {model}; commit {commit}, {datetime.date.today()}"


def table(rows, ours):
    """Markdown of {name: Measured}; `ratio` is a contestant's CPU seconds over those of the row named `ours`."""
    lines = ["| contestant | CPU s | wall s | peak MB | CPU ratio |", "| --- | --- | --- | --- | --- |"]
    for name, measured in rows.items():
        ratio = measured.cpu / rows[ours].cpu
        lines.append(f"| {name} | {measured.cpu:.2f} | {measured.wall:.2f} | {measured.peak / 1e6:.0f} | {ratio:.1f} |")
    return "\n".join(lines)


def write_section(name, text):
    """Replaces what docs/benchmarks.md has between `<!-- name: begin -->` and `<!-- name: end -->`; adds the section at the end when there is none."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    document = DOCUMENT.read_text(encoding="utf-8")
    section = f"{begin}\n{text.strip()}\n{end}"
    if begin in document:
        head, rest = document.split(begin, 1)
        document = head + section + rest.split(end, 1)[1]
    else:
        document = document.rstrip() + f"\n\n{section}\n"
    DOCUMENT.write_text(document, encoding="utf-8")
