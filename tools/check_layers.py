#!/usr/bin/env python3
"""A room of src/ includes only rooms above it, and only their public headers.

The order of the rooms comes from weir_rooms() in CMakeLists.txt, the public headers and dependencies of a room from its
weir_room() calls. Prints one line per breach; exit status 1 when there is one.
"""
import argparse
import pathlib
import re
import sys

KEYWORDS = ("HEADERS", "SOURCES", "TESTS", "DEPENDS", "LIBRARIES", "PART", "KERNEL")
SUFFIXES = {".h", ".cc", ".cpp", ".hpp", ".inc"}
OTHER_PUBLIC = {"weir.h"}  # include/weir.h, the C interface
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"')


def calls(text, function):
    """The arguments of each call of a CMake function, as lists of words."""
    text = re.sub(r"#[^\n]*", "", text)
    return [match.group(1).split() for match in re.finditer(function + r"\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\)", text)]


def section(words, keyword):
    """The words after `keyword` up to the next keyword."""
    found, inside = [], False
    for word in words:
        if word in KEYWORDS:
            inside = word == keyword
        elif inside:
            found.append(word)
    return found


class Target:
    """One weir_room() call: a room's first target or a PART of it."""

    def __init__(self, words, order):
        self.part = "".join(section(words, "PART"))
        self.headers = set(section(words, "HEADERS"))
        self.files = self.headers | set(section(words, "SOURCES")) | set(section(words, "TESTS"))
        self.depends = {word for word in section(words, "DEPENDS") if word in order}


class Rooms:
    def __init__(self, root):
        order = calls((root / "CMakeLists.txt").read_text(), "weir_rooms")
        if not order:
            raise SystemExit("check_layers: CMakeLists.txt has no weir_rooms(...)")
        self.order = order[0]
        self.targets = {room: [] for room in self.order}
        for room in self.order:
            build_file = root / "src" / room / "CMakeLists.txt"
            if build_file.exists():
                self.targets[room] = [Target(words, self.order) for words in calls(build_file.read_text(), "weir_room")]

    def public(self, room):
        return set().union(*(target.headers for target in self.targets[room]))

    def owner(self, room, name):
        """The target that a file of a room belongs to; None for a private header of none in particular."""
        return next((target for target in self.targets[room] if name in target.files), None)

    def depends(self, room, name):
        owner = self.owner(room, name)
        return owner.depends if owner else set().union(*(target.depends for target in self.targets[room]))

    def reachable(self, depends):
        found, open_rooms = set(), set(depends)
        while open_rooms:
            room = open_rooms.pop()
            if room not in found:
                found.add(room)
                open_rooms |= set().union(*(target.depends for target in self.targets[room]))
        return found


def check_own_include(rooms, room, name, header):
    """A room's first target does not use its parts: a kernel stays free of what its store-facing part links."""
    owner, included = rooms.owner(room, name), rooms.owner(room, header)
    if owner and included and included.part and owner is not included and room not in owner.depends:
        return f'"{room}/{header}" belongs to the part {included.part}, which uses this target'
    return None


def check_include(rooms, room, name, included):
    """What is wrong with including `included` from the file `name` of `room`, or None."""
    other, _, header = included.partition("/")
    if included in OTHER_PUBLIC:
        return None
    if not header or other not in rooms.order:
        return f'"{included}" is no path from src/; third parties are included with <>'
    if other == room:
        return check_own_include(rooms, room, name, header)
    if rooms.order.index(other) > rooms.order.index(room):
        return f'"{included}": {room} may not use {other}, which comes after it'
    if header not in rooms.public(other):
        return f'"{included}" is private to {other}: it is not among the HEADERS of its weir_room()'
    if rooms.targets[room] and other not in rooms.reachable(rooms.depends(room, name)):
        return f'"{included}": {room} does not name {other} in its DEPENDS'
    return None


def check(root):
    rooms = Rooms(root)
    breaches = []
    for room in rooms.order:
        folder = root / "src" / room
        if not (folder / "CMakeLists.txt").exists():
            continue  # not built yet
        for header in sorted(rooms.public(room)):
            if not (folder / header).exists():
                breaches.append(f"src/{room}/CMakeLists.txt: header {header} does not exist")
        for path in sorted(folder.rglob("*")):
            if path.suffix not in SUFFIXES:
                continue
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if match := INCLUDE.match(line):
                    if problem := check_include(rooms, room, path.relative_to(folder).as_posix(), match.group(1)):
                        breaches.append(f"{path.relative_to(root)}:{number}: {problem}")
    for folder in sorted((root / "src").iterdir()):
        if folder.is_dir() and any(folder.iterdir()) and folder.name not in rooms.order:
            breaches.append(f"src/{folder.name}: is no room of weir_rooms() in CMakeLists.txt")
    return breaches


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    breaches = check(parser.parse_args().root)
    print("\n".join(breaches) if breaches else "layers: every include goes upwards")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
