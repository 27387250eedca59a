#!/usr/bin/env python3
"""Forty point-in-time features of many labels, Parquet to Parquet: weir against DuckDB, ClickHouse and Polars.

weir reads timelines that were built before (`weir ingest`, its cost is printed beside); "weir, Parquet" and the others read the events' Parquet file. All
rows are compared, value by value, before anything is timed.
"""
import argparse
import pathlib
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
sys.path.insert(0, str(HERE))
import features  # noqa: E402
import side_by_side  # noqa: E402

PEERS = ["duckdb-join", "duckdb-asof", "clickhouse", "polars"]


def make_points(events, path, count, seed=2):
    """Random leads at random times of the data's span, in no order."""
    table = pq.read_table(events, columns=["lead", "occurred_at"])
    leads = table["lead"].combine_chunks().unique()
    draw = np.random.Generator(np.random.PCG64(seed))
    times = table["occurred_at"].combine_chunks().cast(pa.int64()).to_numpy()
    # Half of the labels stand a while after one of their lead's events, half anywhere.
    at = draw.integers(0, table.num_rows, count)
    near = times[at] + draw.integers(1, 40 * features.DAY, count)
    anywhere = draw.integers(int(times.min()), int(times.max()), count)
    is_near = draw.random(count) < 0.5
    near_lead = table["lead"].combine_chunks().take(pa.array(at)).to_numpy(zero_copy_only=False)
    other_lead = leads.take(pa.array(draw.integers(0, len(leads), count))).to_numpy(zero_copy_only=False)
    points = pa.table({"subject": pa.array(np.where(is_near, near_lead, other_lead), pa.string()),
                       "as_of": pa.array(np.where(is_near, near, anywhere), pa.timestamp("us"))})
    pq.write_table(points, path)


UNITS = {"sum": 100.0, "last": 100.0, "since": float(features.DAY)}


def rows_of(path):
    """The answer in the order of (subject, as_of); whole numbers of cents and microseconds in major units and days."""
    table = pq.read_table(path)
    for name, (function, _, _) in features.FEATURES.items():
        if function in UNITS and pa.types.is_integer(table.schema.field(name).type):
            values = pa.compute.divide(table[name].cast(pa.float64()), UNITS[function])
            table = table.set_column(table.schema.get_field_index(name), name, values)
    table = table.set_column(table.schema.get_field_index("as_of"), "as_of", table["as_of"].cast(pa.timestamp("us")))
    if table.schema.field("subject").type != pa.string():
        table = table.set_column(table.schema.get_field_index("subject"), "subject", table["subject"].cast(pa.string()))
    order = pa.compute.sort_indices(table, sort_keys=[("subject", "ascending"), ("as_of", "ascending")])
    return table.select(["subject", "as_of", *features.FEATURES]).take(order)


def tied_leads(events):
    """Leads with two events of one instant that have an amount: which of them is the last is decided by event ids, which are weir's own."""
    table = pq.read_table(events, columns=["lead", "occurred_at", "amount"]).drop_null()
    groups = table.group_by(["lead", "occurred_at"]).aggregate([("amount", "count")])
    return set(groups.filter(pa.compute.greater(groups["amount_count"], 1))["lead"].to_pylist())


def check_equal(expected, actual, who, tied):
    if expected.num_rows != actual.num_rows:
        sys.exit(f"{who}: {actual.num_rows} rows, not {expected.num_rows}")
    for name in expected.column_names:
        left, right = expected[name].combine_chunks(), actual[name].combine_chunks()
        if name in features.FEATURES:
            right = right.cast(pa.float64())
        if not left.equals(right):
            different = [i for i in range(len(left)) if left[i].as_py() != right[i].as_py()]
            if name == "amount_last":
                untied = [i for i in different if expected["subject"][i].as_py() not in tied]
                print(f"{who}: {name}: {len(different) - len(untied)} rows differ by the order of two events of one instant")
                different = untied
            if not different:
                continue
            sys.exit(f"{who}: {name} differs in {len(different)} rows, first {expected.slice(different[0], 1).to_pylist()[0]['subject']}: "
                     f"{left[different[0]]} against {right[different[0]]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weir", default=str(HERE.parents[1] / "build/release/weir"))
    parser.add_argument("--events", required=True, help="Parquet of bench/events.py")
    parser.add_argument("--workspace", help="a folder where the events were ingested before with this bench's weir.yaml")
    parser.add_argument("--labels", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    parser.add_argument("folder", type=pathlib.Path, help="for the answers")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    events = pathlib.Path(options.events).resolve()
    points = (options.folder / f"points-{options.labels}.parquet").resolve()
    if not points.exists():
        make_points(events, points, options.labels)
    workspace = pathlib.Path(options.workspace) if options.workspace else options.folder / "workspace"
    if not (workspace / "weir.yaml").exists():
        workspace.mkdir(parents=True, exist_ok=True)
        (workspace / "weir.yaml").write_text(features.workspace(events), encoding="utf-8")
        built = side_by_side.measure([options.weir, "ingest", "-w", workspace])
        print(f"ingest: {built.cpu:.1f} CPU s")
    side_by_side.measure([options.weir, "features", "-w", workspace, "--catalogue"])   # builds the timelines

    answers = {name: (options.folder / f"{name.replace(', ', '-').lower()}.parquet").resolve() for name in ["weir", "weir, Parquet", *options.peers.split(",")]}
    for answer in answers.values():
        answer.unlink(missing_ok=True)
    ask = [options.weir, "features", "-w", workspace, "--points", points]
    commands = {"weir": [*ask, "--out", answers["weir"]],
                "weir, Parquet": [*ask, "--events", events, "--subject", "lead", "--amount", "amount", "--out", answers["weir, Parquet"]]}
    for peer in options.peers.split(","):
        commands[peer] = [sys.executable, HERE / "peers.py", peer, events, points, answers[peer]]
    rows = side_by_side.in_turns(options.runs, commands)
    expected = rows_of(answers["weir"])
    tied = tied_leads(events)
    for name in list(commands)[1:]:
        check_equal(expected, rows_of(answers[name]), name, tied)
        print(f"{name}: equal in {expected.num_rows} rows of {len(features.FEATURES)} features; {rows[name].cpu:.1f} CPU s")
    table = side_by_side.table(rows, "weir")
    count = pq.ParquetFile(events).metadata.num_rows
    text = (f"40 features (6 windows) of {options.labels:,} labels over {count:,} events, Parquet to Parquet; all values equal.\n"
            f"{side_by_side.machine()}.\n\n{table}")
    print(text)
    if options.write:
        side_by_side.write_section("features", text)


if __name__ == "__main__":
    main()
