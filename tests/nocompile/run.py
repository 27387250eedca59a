#!/usr/bin/env python3
"""What must not compile: run.py --compiler CXX --include FOLDER SOURCE.

A source compiles as it stands, and with -DMUST_NOT_COMPILE fails with the message its line `// expect: PATTERN` names:
so a test cannot pass because of an unrelated mistake. Exit status 0 when both hold.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys


def compile_source(options, *flags):
    command = [options.compiler, "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Werror=unused-result",
               f"-I{options.include}", *flags, str(options.source)]
    # The patterns are those of the compiler's English messages with plain quotes.
    return subprocess.run(command, env={**os.environ, "LC_ALL": "C"}, capture_output=True, text=True, check=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--include", default="src")
    parser.add_argument("source", type=pathlib.Path)
    options = parser.parse_args()
    expected = re.search(r"^// expect: (.+)$", options.source.read_text(), re.MULTILINE)
    if not expected:
        print(f"{options.source}: there is no line '// expect: PATTERN'")
        return 1
    good = compile_source(options)
    if good.returncode != 0:
        print(f"{options.source}: does not compile without MUST_NOT_COMPILE:\n{good.stderr}")
        return 1
    bad = compile_source(options, "-DMUST_NOT_COMPILE")
    if bad.returncode == 0:
        print(f"{options.source}: compiles, and must not")
        return 1
    if not re.search(expected.group(1), bad.stderr):
        print(f"{options.source}: fails for another reason than '{expected.group(1)}':\n{bad.stderr}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
