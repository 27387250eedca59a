#!/usr/bin/env python3
"""The last amount before each label, Parquet to Parquet: weir against Feast with its two stores for files.

Feast joins values that stand ready as of a time; windows have to be computed before it. So the question is the one of the forty features
that it can answer. Feast reads a file of the events that have an amount, weir timelines of all events; both were made before. The rows
are compared before anything is timed. Runs under Feast's own environment (requirements-feast.txt), after run.py.
"""
import argparse
import pathlib
import shutil
import sys

import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
sys.path.insert(0, str(HERE))
import features  # noqa: E402
import run  # noqa: E402
import side_by_side  # noqa: E402

STORES = ["dask", "duckdb"]


def make_amounts(events, path):
    """The events with an amount, as a feature table of Feast's; `created` puts events of one instant in the order of their rows."""
    table = pq.read_table(events, columns=["lead", "occurred_at", "amount"])
    table = table.filter(pa.compute.is_valid(table["amount"]))
    instants = table["occurred_at"].cast(pa.timestamp("us", "UTC"))
    created = pa.array(range(table.num_rows), pa.int64()).cast(pa.timestamp("us", "UTC"))
    pq.write_table(pa.table({"lead": table["lead"], "event_timestamp": instants, "created": created, "amount": table["amount"]}), path)


def rows_of(path):
    """The answer in the order of (subject, as_of), amounts in cents: weir writes them whole, the file has major units."""
    table = pq.read_table(path)
    amounts = table["amount_last"]
    if pa.types.is_floating(amounts.type):
        amounts = pa.compute.round(pa.compute.multiply(amounts, 100.0)).cast(pa.int64())
    table = pa.table({"subject": table["subject"].cast(pa.string()), "as_of": table["as_of"].cast(pa.timestamp("us")), "cents": amounts.cast(pa.int64())})
    return table.sort_by([("subject", "ascending"), ("as_of", "ascending"), ("cents", "ascending")])


def check_equal(expected, actual, who, tied):
    """Ends the bench unless all rows agree, but for leads with two amounts of one instant; gives how many labels without an amount are missing."""
    joined = expected.join(actual.append_column("answered", pa.array([True] * actual.num_rows)), ["subject", "as_of"], right_suffix="_theirs")
    missing = joined.filter(pa.compute.is_null(joined["answered"]))
    if joined.num_rows != expected.num_rows or missing["cents"].null_count < missing.num_rows:
        sys.exit(f"{who}: {actual.num_rows} rows, not {expected.num_rows}, and some of the missing ones have an amount")
    left, right = joined["cents"], joined["cents_theirs"]
    same = pa.compute.or_(pa.compute.fill_null(pa.compute.equal(left, right), False), pa.compute.and_(pa.compute.is_null(left), pa.compute.is_null(right)))
    different = joined.filter(pa.compute.invert(same))
    untied = [row for row in different.to_pylist() if row["subject"] not in tied]
    if untied:
        sys.exit(f"{who}: {len(untied)} rows differ, first {untied[0]}")
    print(f"{who}: equal; {different.num_rows} rows of leads with two amounts of one instant differ, {missing.num_rows} labels without an amount are missing")
    return missing.num_rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weir", default=str(HERE.parents[1] / "build/release/weir"))
    parser.add_argument("--events", required=True, help="Parquet of bench/events.py")
    parser.add_argument("--workspace", help="the one run.py filled (default: FOLDER/workspace)")
    parser.add_argument("--labels", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    parser.add_argument("folder", type=pathlib.Path, help="where run.py left points and workspace")
    options = parser.parse_args()
    events = pathlib.Path(options.events).resolve()
    points = (options.folder / f"points-{options.labels}.parquet").resolve()
    filled = pathlib.Path(options.workspace or options.folder / "workspace").resolve()
    amounts = (options.folder / "amounts.parquet").resolve()
    if not amounts.exists():
        make_amounts(events, amounts)
    asking = (options.folder / "last-amount").resolve()   # the same state, asked for one feature
    if not asking.exists():
        shutil.copytree(filled, asking)
        (asking / "weir.yaml").write_text(features.workspace(events).split("features:\n")[0] + "features:\n  - { last: amount }\n", encoding="utf-8")
        side_by_side.measure([options.weir, "apply", "-w", asking])

    out = asking / "weir.parquet"
    ask = [options.weir, "features", "-w", asking, "--points", points, "--out", out]
    rows = {"weir": side_by_side.best_of(options.runs, ask)}
    expected, tied = rows_of(out), run.tied_leads(events)
    lost = {}
    for store in STORES:
        answer = asking / f"feast-{store}.parquet"
        answer.unlink(missing_ok=True)
        join = [sys.executable, HERE / "feast_join.py", store, amounts, points, answer]
        rows[f"Feast, {store}"] = side_by_side.best_of(options.runs, join)
        lost[store] = check_equal(expected, rows_of(answer), f"Feast, {store}", tied)
    count = pq.ParquetFile(events).metadata.num_rows
    text = (f"### One value as of each label (`bench/features/run_feast.py`)\n\n"
            f"The last amount before each of {options.labels:,} labels, Parquet to Parquet; Feast reads the {pq.ParquetFile(amounts).metadata.num_rows:,} events that have one, weir\n"
            f"timelines of all {count:,}; all values equal, but for leads with two amounts of one instant (dask leaves out {lost['dask']:,} labels without an amount). Feast 0.67 computes no windows: the other 39\n"
            f"features it would keep and join when somebody else had computed them.\n{side_by_side.machine()}.\n\n{side_by_side.table(rows, 'weir')}")
    print(text)
    if options.write:
        side_by_side.write_section("feast", text)


if __name__ == "__main__":
    main()
