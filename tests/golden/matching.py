"""Compares the output of a command with what a golden test expects."""
import difflib
import re

ANY_IN_LINE = "[...]"
ANY_LINES = "..."
ESCAPE = "\\"  # first on an expected line: the rest stands for itself


def line_matches(expected, actual):
    if expected.startswith(ESCAPE):
        return expected[1:] == actual
    if ANY_IN_LINE not in expected:
        return expected == actual
    return re.fullmatch(".*".join(re.escape(part) for part in expected.split(ANY_IN_LINE)), actual) is not None


def output_matches(expected, actual):
    """Lines against lines; a line `...` stands for any number of lines. Time: product of both lengths at worst."""
    reachable = {0}  # how many actual lines the expected lines so far may have taken
    for line in expected:
        if line == ANY_LINES:
            reachable = set(range(min(reachable), len(actual) + 1))
        else:
            reachable = {at + 1 for at in reachable if at < len(actual) and line_matches(line, actual[at])}
        if not reachable:
            return False
    return len(actual) in reachable


def difference(expected, actual):
    return "\n".join(difflib.unified_diff(expected, actual, "expected", "actual", lineterm="", n=3))
