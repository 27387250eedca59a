"""Reads golden tests: one text file per behaviour, files in, commands and their exact output. The format: README.md."""
import csv
import dataclasses
import io
import re
import shlex

KEYS = ("lead", "opportunity", "contact", "account", "anonymous", "product", "campaign", "content", "owner")
EVENT_COLUMNS = ("occurred_at", "type", "id", "known_at", "amount", "currency", "direction", "channel", "text", "sequence")
NEEDS = ("data", "long")
# After a blank line of expected output, a line like these begins something new.
DIRECTIVE = re.compile(r"# |(file|table|data|example|needs) \S|events( [a-z0-9_]+)?$|workspace$")


class FormatError(Exception):
    """A golden test that breaks the format; the message names file and line."""


@dataclasses.dataclass
class WriteFile:
    path: str
    content: str
    line: int


@dataclasses.dataclass
class LinkData:
    """A real data set, linked from the folder that WEIR_DATA names."""
    source: str
    path: str
    line: int


@dataclasses.dataclass
class CopyExample:
    """Definitions and contracts of examples/NAME, as they are there."""
    name: str
    line: int


@dataclasses.dataclass
class RunCommand:
    command: str
    expected: list  # lines as written: with patterns and escapes
    exit_code: int
    line: int
    output_from: int  # lines [output_from, output_to) of the file are expected output and exit code
    output_to: int


@dataclasses.dataclass
class GoldenTest:
    sentence: str
    needs: set
    steps: list
    lines: list


def parse(text, name="test"):
    return _Parser(text, name).parse()


class _Parser:
    def __init__(self, text, name):
        self.lines = [line.rstrip() for line in text.splitlines()]
        self.name = name
        self.place = 0
        self.steps = []
        self.needs = set()
        self.workspace = ""
        self.tables = []  # headers of the `events` tables

    def parse(self):
        if not self.lines or not self.lines[0].startswith("# ") or len(self.lines[0]) < 5:
            raise FormatError(f"{self.name}:1: the first line must be '# ' and one sentence: what holds")
        sentence = self.lines[0][2:]
        self.place = 1
        while self.place < len(self.lines):
            self.directive()
        if not any(isinstance(step, RunCommand) for step in self.steps):
            raise FormatError(f"{self.name}: there is no command; a line '$ weir ...' runs one")
        self.default_workspace()
        return GoldenTest(sentence, self.needs, self.steps, self.lines)

    def fail(self, what):
        raise FormatError(f"{self.name}:{self.place + 1}: {what}")

    def directive(self):
        line = self.lines[self.place]
        word, _, rest = line.partition(" ")
        rest = rest.strip()
        if not line or line.startswith("#"):
            self.place += 1
        elif line.startswith("$ "):
            self.command()
        elif word == "file" and rest:
            start = self.place + 1
            self.steps.append(WriteFile(self.inside(rest), self.block(), start))
        elif word == "table" and rest:
            start = self.place + 1
            self.steps.append(WriteFile(self.inside(rest), to_csv(self.table()), start))
        elif word == "events":
            self.events(rest)
        elif line == "workspace":
            self.workspace += self.block()
        elif word == "data" and rest:
            source, _, path = rest.partition(" as ")
            self.needs.add("data")
            self.steps.append(LinkData(self.inside(source.strip()), self.inside((path or source).strip()), self.place + 1))
            self.place += 1
        elif word == "example" and re.fullmatch(r"[a-z0-9-]+", rest):
            self.steps.append(CopyExample(rest, self.place + 1))
            self.place += 1
        elif word == "needs" and rest in NEEDS:
            self.needs.add(rest)
            self.place += 1
        else:
            self.fail(f"'{line[:60]}' is no directive; there are: file, table, events, workspace, data, example, needs, '$ ' and '# '")

    def inside(self, path):
        if path.startswith("/") or ".." in path.split("/"):
            self.fail(f"'{path}' leaves the test's folder")
        return path

    def block(self):
        """The lines after this one up to `end`."""
        self.place += 1
        start = self.place
        while self.place < len(self.lines) and self.lines[self.place] != "end":
            self.place += 1
        if self.place == len(self.lines):
            self.place = start - 1
            self.fail("this block has no line `end`")
        content = "".join(line + "\n" for line in self.lines[start:self.place])
        self.place += 1
        return content

    def table(self):
        """Rows of cells up to a blank line, a command or `end`. Blanks separate cells, "..." keeps them, - is empty."""
        self.place += 1
        rows = []
        while self.place < len(self.lines):
            line = self.lines[self.place]
            if not line or line == "end" or line.startswith("$ "):
                break
            if not line.startswith("#"):
                try:
                    cells = split_cells(line)
                except ValueError as error:
                    self.fail(f"this row cannot be read: {error}")
                if rows and len(cells) != len(rows[0]):
                    self.fail(f"this row has {len(cells)} cells, the header {len(rows[0])}; - stands for an empty cell")
                rows.append(cells)
            self.place += 1
        if not rows:
            self.fail("a table needs a header")
        if self.place < len(self.lines) and self.lines[self.place] == "end":
            self.place += 1
        return rows

    def events(self, name):
        start = self.place + 1
        if name and not re.fullmatch(r"[a-z0-9_]+", name):
            self.fail("`events NAME`: a name has lower-case letters, digits and _")
        rows = self.table()
        for needed in ("occurred_at", "type"):
            if needed not in rows[0]:
                raise FormatError(f"{self.name}:{start}: an events table needs a column {needed}")
        if self.tables and set(rows[0]) != set(self.tables[0]):
            raise FormatError(f"{self.name}:{start}: all events tables of a test have the same columns")
        self.tables.append(rows[0])
        self.steps.append(WriteFile(f"data/events{'_' + name if name else ''}.csv", to_csv(rows), start))

    def command(self):
        start = self.place
        command = [self.lines[start][2:]]
        self.place += 1
        while self.place < len(self.lines) and self.lines[self.place].startswith("> "):
            command.append(self.lines[self.place][2:])
            self.place += 1
        output_from = self.place
        while self.place < len(self.lines) and not self.ends_output(self.place, output_from):
            self.place += 1
        expected = self.lines[output_from:self.place]
        output_to = self.place
        exit_code, says_exit = 0, False
        if self.place < len(self.lines) and (match := re.fullmatch(r"exit (\d{1,3})", self.lines[self.place])):
            exit_code, says_exit = int(match.group(1)), True
            self.place += 1
            output_to = self.place
        while expected and not expected[-1]:
            expected.pop()
            if not says_exit:
                output_to -= 1
        self.steps.append(RunCommand("\n".join(command), expected, exit_code, start + 1, output_from, output_to))

    def ends_output(self, place, output_from):
        line = self.lines[place]
        if line.startswith("$ ") or re.fullmatch(r"exit \d{1,3}", line):
            return True
        after_blank = place == output_from or not self.lines[place - 1]
        return after_blank and bool(DIRECTIVE.match(line))

    def default_workspace(self):
        written = any(isinstance(step, CopyExample) or (isinstance(step, WriteFile) and step.path == "weir.yaml") for step in self.steps)
        if self.tables and not written:
            self.steps.insert(0, WriteFile("weir.yaml", default_workspace(self.tables[0], self.workspace), 0))
        elif self.workspace and written:
            raise FormatError(f"{self.name}: a `workspace` block adds to the default; this test writes its own weir.yaml")
        elif self.workspace:
            raise FormatError(f"{self.name}: a `workspace` block adds to the default of an `events` table; there is none")


def split_cells(line):
    lexer = shlex.shlex(line, posix=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    lexer.quotes = '"'
    lexer.escape = ""
    return ["" if cell == "-" else cell for cell in lexer]


def to_csv(rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def default_workspace(columns, added=""):
    """weir.yaml for an events table: a log source whose keys, event members and properties are the columns present."""
    keys = ", ".join(f"{name}: {name}" for name in KEYS if name in columns)
    members = [f"{name}: {name}" for name in ("known_at", "amount", "currency", "direction", "channel", "text") if name in columns]
    properties = ", ".join(f"{name}: {name}" for name in columns if name not in KEYS and name not in EVENT_COLUMNS)
    if properties:
        members.append(f"properties: {{ {properties} }}")
    rule = ", ".join(["type: { from: type }", "name: event", "occurred_at: occurred_at"] + members)
    source = ["  events:", "    read: data/events*.csv"]
    if "id" in columns:
        source.append("    key: id")
    if "sequence" in columns:
        source.append("    sequence: sequence")
    if keys:
        source.append(f"    keys: {{ {keys} }}")
    source += ["    events:", f"      - {{ {rule} }}"]
    sections = {"weir": "weir: 1\n", "workspace": "workspace: golden\n", "sources": "sources:\n" + "\n".join(source) + "\n"}
    for key, text in top_level_sections(added):
        if key == "sources":
            sections[key] += "".join(text.splitlines(keepends=True)[1:])
        else:
            sections[key] = text
    return "".join(sections.values())


def top_level_sections(text):
    """(key, text) of each top-level section of YAML text, in order."""
    sections = []
    for line in text.splitlines(keepends=True):
        match = re.match(r"([A-Za-z_]\w*):", line)
        if match:
            sections.append([match.group(1), line])
        elif sections:
            sections[-1][1] += line
        elif line.strip() and not line.startswith("#"):
            raise FormatError(f"a `workspace` block begins with a top-level key, not '{line.strip()}'")
    return sections
