#!/usr/bin/env python3
"""Our own bans, those that no compiler and no clang-tidy checks. Prints one line per breach; exit status 1 when there is one.

A file that has to break a ban is named in ALLOWED, with the reason.
"""
import argparse
import pathlib
import re
import subprocess
import sys

CPP = {".h", ".cc", ".cpp"}
CODE = CPP | {".py", ".sh", ".cmake", ".ts", ".tsx", ".yaml", ".yml", ".json"}
MAX_LINES = 600
SKIPPED_FOLDERS = {".git", ".deps", "build", "node_modules", "__pycache__"}

# (rule, path) -> why this file may. Paths end in / for a folder.
ALLOWED = {
    ("system-clock", "src/base/"): "the only place that reads the clock",
    ("cout", "src/cli/"): "the command line prints",
    ("catch-all", "src/serve/"): "no exception may cross C or HTTP",
}


def cut(*parts):
    """A banned text, put together so that this file does not contain it."""
    return "".join(parts)


REGISTRY_HOSTS = [".".join(parts) for parts in (
    ("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"), ("yarnpkg", "com"), ("crates", "io"),
    ("deb", "debian", "org"), ("repo1", "maven", "org"), ("repo", "maven", "apache", "org"), ("proxy", "golang", "org"),
    ("rubygems", "org"), ("docker", "io"), ("ghcr", "io"), ("conda", "anaconda", "org"))]

# (rule, in which files, pattern, what to do instead)
BANS = [
    ("unfinished", lambda path: path.suffix in CODE or path.parts[0] in ("scripts", ".ci"),
     re.compile(r"\b(" + "|".join((cut("FIX", "ME"), cut("TO", "DO"), cut("HA", "CK"))) + r")\b"),
     "finish it, or say what holds now"),
    ("system-clock", lambda path: path.suffix in CPP, re.compile(r"\bsystem_clock\s*::\s*now\b"), "take a weir::Clock"),
    ("catch-all", lambda path: path.suffix in CPP, re.compile(r"\bcatch\s*\(\s*\.\.\.\s*\)"),
     "catch what the library throws, in the room that wraps it"),
    ("cout", lambda path: path.suffix in CPP, re.compile(r"\bstd\s*::\s*cout\b"), "only src/cli prints"),
    ("ranges", lambda path: path.suffix in CPP, re.compile(r"#include <ranges>|\bstd::(?:ranges|views)::"),
     "a plain loop: the clang 14 of the fuzz targets cannot compile libstdc++ 12's <ranges>"),
    ("nolint", lambda path: path.suffix in CPP, re.compile(r"\bNOLINT(?:NEXTLINE|BEGIN)?\b(?!\([a-zA-Z][\w.,\- ]*\): \S)"),
     "name the check and the reason: NOLINT(check): why"),
    ("registry-host", lambda path: True, re.compile("|".join(r"\b" + re.escape(host) + r"\b" for host in REGISTRY_HOSTS)),
     "call the package client; its own configuration knows the host"),
    ("machine-path", lambda path: True, re.compile(cut("/wo", r"rk/(main|shared)\b|/ho", r"me/\w+/|/ro", r"ot/\.")),
     "no path of one machine"),
]


def is_allowed(rule, path):
    text = path.as_posix()
    return any(rule == allowed and (text == place or (place.endswith("/") and text.startswith(place))) for allowed, place in ALLOWED)


def files(root):
    """What git holds or would hold; without git, all but built and fetched things. Paths relative to root."""
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, check=False)
    if listed.returncode == 0:
        names = [pathlib.Path(name) for name in listed.stdout.decode().split("\0") if name]
    else:
        names = [path.relative_to(root) for path in root.rglob("*") if path.is_file()]
    return sorted(name for name in names if not SKIPPED_FOLDERS & set(name.parts) and (root / name).is_file())


def check_text(path, text):
    """Breaches of one file, as (line, rule, advice)."""
    bans = [(rule, pattern, advice) for rule, applies, pattern, advice in BANS if applies(path) and not is_allowed(rule, path)]
    return [(number, rule, advice) for number, line in enumerate(text.splitlines(), 1) for rule, pattern, advice in bans if pattern.search(line)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    root = parser.parse_args().root
    breaches, checked = 0, 0
    for path in files(root):
        try:
            text = (root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # binary, or foreign bytes of a test
        checked += 1
        for number, rule, advice in check_text(path, text):
            breaches += 1
            print(f"{path}:{number}: {rule}: {advice}")
        lines = text.count("\n")
        if path.suffix in CPP | {".py", ".ts", ".tsx"} and lines > MAX_LINES:
            print(f"warning: {path} has {lines} lines; where is the seam?")
    print(f"tidy: {checked} files, {breaches} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
