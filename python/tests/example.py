"""A small workspace that a run of the tests makes once: deals that reply or do not, won or lost, with a trained model.

Loaded as a plugin of pytest, so that the examples of docstrings find it too.
"""

import csv
import dataclasses
import datetime
import json
import os
import pathlib
import random
import subprocess
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

WORKSPACE = """\
weir: 1
workspace: example
time_zone: Europe/Berlin
currency: EUR
rates: rates.csv
calendar: { weekend: [fri, sat], holidays: holidays.csv }
as_of: 2026-06-01
sources:
  events:
    read: events.csv
    keys: { opportunity: deal, contact: contact, account: account, owner: owner }
    events:
      - { type: { from: type }, occurred_at: happened, amount: amount, currency: currency, direction: direction }
  accounts:
    read: accounts.csv
    kind: snapshot
    key: id
    entity: { account: { id: id, sector: sector, employees: employees } }
signals:
  reply: type = 'email.replied'
funnels:
  deals:
    subject: opportunity
    stages:
      - { name: discovery, enter: type = 'deal.created' }
      - { name: proposal, enter: type = 'deal.proposed' }
    won: { enter: type = 'deal.won', money: amount }
    lost: { enter: type = 'deal.lost' }
    dormant: { silent_for: 20d }
risk:
  - { funnel: deals, outcome: lost, horizon: 30d, landmarks: 7d }
"""
KEY = "0f1e2d3c4b5a69788796a5b4c3d2e1f00123456789abcdeffedcba9876543210"
START = datetime.datetime(2025, 1, 6, 8, tzinfo=datetime.UTC)
DEALS = 400


def program() -> pathlib.Path | None:
    """The built program, where there is one."""
    path = pathlib.Path(os.environ.get("WEIR_PROGRAM", "build/release/weir"))
    return path.resolve() if path.is_file() else None


@dataclasses.dataclass
class Example:
    """Paths and tables of the example; ``table`` is what ``weir features --points`` gives."""

    folder: pathlib.Path
    model: pathlib.Path
    points: pathlib.Path
    plan: pathlib.Path
    table: pyarrow.Table

    def weir(self, *arguments: str) -> str:
        """What the program answers."""
        binary = program()
        assert binary is not None
        kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
        environment = {**kept, "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "NO_COLOR": "1", "WEIR_KEY": KEY}
        command = [str(binary), *arguments, "-w", str(self.folder)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, f"{' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout


def instant(days: float) -> str:
    """So many days after the start."""
    return (START + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def events_of(rng: random.Random, deal: int) -> list[dict[str, Any]]:
    """One deal's life: who replies often is seldom lost; half of all stays in a stage are long."""
    begin = rng.uniform(0, 480)
    keys = {"deal": f"d{deal}", "contact": f"c{deal % 150}", "account": f"a{deal % 60}", "owner": f"o{deal % 5}"}
    replies = rng.random() < 0.5
    days = rng.uniform(20, 90)
    rows: list[dict[str, Any]] = []

    def add(kind: str, at: float, amount: int | str = "", direction: str = "") -> None:
        row = {"type": kind, "happened": instant(at), "amount": amount, "direction": direction, **keys}
        rows.append({**row, "currency": ("EUR", "USD", "GBP")[deal % 3]})

    add("deal.created", begin, rng.randrange(1000, 9000))
    if rng.random() < 0.6:
        add("deal.proposed", begin + days / 2)
    at = begin
    while replies and (at := at + rng.expovariate(1 / 6)) < begin + days:
        add("email.sent", at - rng.uniform(0, 3), direction="outbound")
        add("email.replied", at, direction="inbound")
    is_lost = rng.random() < (0.2 if replies else 0.85)
    add("deal.lost" if is_lost else "deal.won", begin + days)
    return [row for row in rows if row["happened"] < "2026-06-01"]


def write_rows(path: pathlib.Path, rows: list[dict[str, Any]]) -> None:
    """A CSV file with a header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def make(folder: pathlib.Path) -> Example:
    """Writes the workspace, trains, and asks for features."""
    rng = random.Random(7)
    (folder / "weir.yaml").write_text(WORKSPACE, encoding="utf-8")
    write_rows(folder / "events.csv", [row for deal in range(DEALS) for row in events_of(rng, deal)])
    sectors = ("retail", "energy", "health", "")
    accounts = [{"id": f"a{i}", "sector": sectors[i % 4], "employees": i * 10 if i % 7 else ""} for i in range(60)]
    write_rows(folder / "accounts.csv", accounts)
    # Pounds have no rate: their amounts are unknown in euros.
    dates = ("2025-01-01", "2025-07-01", "2026-01-01")
    write_rows(folder / "rates.csv", [{"date": date, "currency": "USD", "rate": 0.9 - i / 50} for i, date in enumerate(dates)])
    write_rows(folder / "holidays.csv", [{"date": "2025-05-01"}, {"date": "2025-12-25"}])
    points = folder / "points.csv"
    asked = [{"subject": f"d{rng.randrange(DEALS)}", "as_of": instant(rng.uniform(100, 505))} for _ in range(300)]
    write_rows(points, asked)
    example = Example(folder, folder, points, folder / "plan.json", pyarrow.table({}))
    example.weir("ingest")
    example.weir("train")
    example.weir("features", "--points", str(points), "--out", str(folder / "features.parquet"))
    example.weir("features", "--plan", str(example.plan))
    example.table = pyarrow.parquet.read_table(folder / "features.parquet")
    version = json.loads(example.weir("score", "--json"))["model_version"]
    example.model = folder / ".weir" / "models" / f"{version}.json"
    return example


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    """The workspace; skipped without a program to make it with."""
    if program() is None:
        pytest.skip("no program: build it with scripts/build, or name one in WEIR_PROGRAM")
    return make(tmp_path_factory.mktemp("example"))


@pytest.fixture(autouse=True)
def in_docstrings(request: pytest.FixtureRequest) -> None:
    """Examples of docstrings know the workspace as ``example``."""
    if isinstance(request.node, pytest.DoctestItem):
        request.getfixturevalue("doctest_namespace")["example"] = request.getfixturevalue("example")
