#!/usr/bin/env python3
"""weir funnel --steps side by side with ClickHouse, DuckDB and Polars: four steps in 14 days, by one property, with exact p50 and p90 of the times.

First all answers are compared, count by count and microsecond by microsecond; then CPU seconds, wall seconds and peak memory of one run,
the best of --runs each. Loading (our ingest, the peers' tables) is done once, in the --folder, and not counted; opening is. "weir, Parquet" asks the
file itself, with nothing loaded.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import side_by_side  # noqa: E402
from question import STEPS, WINDOW_DAYS  # noqa: E402


def load(options, events):
    """Everything that is built once and kept in the folder."""
    folder = options.folder
    workspace = folder / "weir"
    if not (workspace / ".weir" / "timelines").exists():
        workspace.mkdir(exist_ok=True)
        (workspace / "weir.yaml").write_text((HERE / "weir.yaml.in").read_text(encoding="utf-8").replace("EVENTS", str(events)), encoding="utf-8")
        side_by_side.measure([options.weir, "ingest", "-w", workspace])
        side_by_side.measure([options.weir, "funnel", "-w", workspace, "--steps", ",".join(STEPS)])
    if not (folder / "clickhouse").exists():
        side_by_side.measure([sys.executable, HERE / "clickhouse.py", "load", folder / "clickhouse", events])
    if not (folder / "duckdb.db").exists():
        side_by_side.measure([sys.executable, HERE / "duck.py", "load", folder / "duckdb.db", events])


def flat(table):
    """Our JSON of one table as the peers print it: reached per step, then p50 and p90 of each time, in microseconds."""
    times = [step["seconds"] for step in table["steps"][1:]] + [table["seconds_to_convert"]]
    return [step["reached"] for step in table["steps"]] + [None if time[p] is None else round(time[p] * 1e6) for time in times for p in ("p50", "p90")]


def our_answer(text):
    answer = json.loads(text)
    (by,) = answer["by"].values()
    return [["", *flat(answer)]] + [[value, *flat(table)] for value, table in by.items()]


def our_levels(answer):
    """[channel, level, leads] as windowFunnel gives it, without level 0."""
    found = []
    for channel, *figures in answer[1:]:
        reached = [*figures[:4], 0]
        found += [[channel, level, reached[level - 1] - reached[level]] for level in (1, 2, 3, 4)]
    return [row for row in found if row[2] > 0]


def contestants(options, events):
    python, folder = sys.executable, options.folder
    return {
        "weir": [options.weir, "funnel", "-w", folder / "weir", "--steps", ",".join(STEPS), "--window", f"{WINDOW_DAYS}d", "--by", "campaign", "--json"],
        "weir, Parquet": [options.weir, "funnel", "--events", events, "--subject", "lead", "--steps", ",".join(STEPS), "--window", f"{WINDOW_DAYS}d",
                          "--by", "channel", "--json"],
        "ClickHouse, full answer": [python, HERE / "clickhouse.py", "full", folder / "clickhouse"],
        "ClickHouse, windowFunnel alone": [python, HERE / "clickhouse.py", "levels", folder / "clickhouse"],
        "DuckDB, own table": [python, HERE / "duck.py", "table", folder / "duckdb.db"],
        "DuckDB, Parquet": [python, HERE / "duck.py", "parquet", events],
        "Polars, Parquet": [python, HERE / "polar.py", "full", events],
    }


def starts(options):
    """The same programs without the funnel: what importing and opening cost."""
    python, folder = sys.executable, options.folder
    clickhouse = side_by_side.best_of(options.runs, [python, HERE / "clickhouse.py", "start", folder / "clickhouse"])
    duckdb = side_by_side.best_of(options.runs, [python, HERE / "duck.py", "start", folder / "duckdb.db"])
    polars = side_by_side.best_of(options.runs, [python, HERE / "polar.py", "start"])
    return {"ClickHouse": clickhouse.cpu, "DuckDB": duckdb.cpu, "Polars": polars.cpu}


def check(measured):
    """Ends the bench unless all answers are the same."""
    expected = our_answer(measured["weir"].output)
    for name, run in measured.items():
        answer = our_answer(run.output) if name.startswith("weir") else json.loads(run.output)
        if "alone" in name:
            same = [row for row in answer if row[1] > 0] == our_levels(expected)
        else:
            same = answer == expected
        if not same:
            sys.exit(f"{name} says something else than weir:\n{answer[:2]}\n{expected[:2]}")
    return expected


def rows_of(measured, start):
    lines = ["| contestant | CPU s | without its start | wall s | peak MB | times weir's CPU | times weir's from Parquet |", "| --- | --- | --- | --- | --- | --- | --- |"]
    ours, from_parquet = measured["weir"].cpu, measured["weir, Parquet"].cpu
    for name, run in measured.items():
        net = run.cpu - start.get(name.split(",")[0], 0.0)
        lines.append(f"| {name} | {run.cpu:.2f} | {net:.2f} | {run.wall:.2f} | {run.peak / 1e6:.0f} | {net / ours:.1f} | {net / from_parquet:.1f} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("events", type=pathlib.Path, help="Parquet file of bench/events.py")
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="where loaded tables are kept")
    parser.add_argument("--weir", type=pathlib.Path, default=HERE.parents[1] / "build" / "release" / "weir")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="write the table into docs/benchmarks.md")
    options = parser.parse_args()
    os.environ.setdefault("WEIR_KEY", "0" * 64)
    os.environ["POLARS_MAX_THREADS"] = "2"
    options.folder.mkdir(parents=True, exist_ok=True)
    events = options.events.resolve()
    options.folder = options.folder.resolve()
    load(options, events)
    measured = side_by_side.in_turns(options.runs, contestants(options, events))
    expected = check(measured)
    count = subprocess.run([sys.executable, "-c", f"import pyarrow.parquet as p; print(p.read_metadata({str(events)!r}).num_rows)"],
                           capture_output=True, text=True, check=True).stdout.strip()
    totals = expected[0][1:5]
    text = f"""## Funnel over steps

{side_by_side.machine()}; `bench/funnel/run.py`, best of {options.runs} runs. {int(count):,} events, four steps within {WINDOW_DAYS} days, by one property of six values,
exact p50 and p90 of the time to each step and to convert. All answers are equal: {totals[0]:,} leads began, {totals[1]:,}, {totals[2]:,} and {totals[3]:,} reached
the later steps. weir: the whole command on timelines that were built before, or straight from the file; peers: two threads, tables loaded and sorted before; the ratio is of
their CPU seconds without the start of Python and the library.

{rows_of(measured, starts(options))}
"""
    print(text)
    if options.write:
        side_by_side.write_section("funnel", text)


if __name__ == "__main__":
    main()
