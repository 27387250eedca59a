#!/usr/bin/env python3
"""The funnel by Polars from the Parquet file: `full` or `start`.

Sorted once by lead, time and step; then each level is forward filling within a lead: the latest start, and with it the first arrivals.
"""
import json
import math
import sys

import polars as pl

from question import STEPS, WINDOW


def ways(path):
    """One row per lead: channel, level, and the times a, b, c, d of its way."""
    rows = (pl.scan_parquet(path).filter(pl.col("type").is_in(STEPS))
            .select("lead", "channel", t=pl.col("occurred_at").cast(pl.Int64),
                    step=pl.col("type").replace_strict(STEPS, [0, 1, 2, 3], return_dtype=pl.Int8))
            .sort("lead", "t", "step"))
    before = lambda column: pl.col(column).forward_fill().over("lead")
    rows = rows.with_columns(a=pl.when(pl.col("step") == 0).then("t")).with_columns(a=before("a"))
    rows = rows.with_columns(two=(pl.col("step") == 1) & (pl.col("t") - pl.col("a") <= WINDOW))
    # the first arrival of each start stands for all of that start
    rows = rows.with_columns(a2=pl.when("two").then("a")).with_columns(a2=before("a2"))
    rows = rows.with_columns(b=pl.when("two").then("t").min().over("lead", "a2"))
    rows = rows.with_columns(three=(pl.col("step") == 2) & (pl.col("t") - pl.col("a2") <= WINDOW))
    rows = rows.with_columns(a3=pl.when("three").then("a2"), b3=pl.when("three").then("b")).with_columns(a3=before("a3"), b3=before("b3"))
    rows = rows.with_columns(c=pl.when("three").then("t").min().over("lead", "a3"))
    rows = rows.with_columns(four=(pl.col("step") == 3) & (pl.col("t") - pl.col("a3") <= WINDOW))
    level = pl.when("four").then(4).when("three").then(3).when("two").then(2).when(pl.col("step") == 0).then(1).otherwise(0)
    rows = rows.with_columns(level=level).filter(pl.col("level") > 0)
    furthest = rows.filter(pl.col("level") == pl.col("level").max().over("lead")).unique("lead", keep="first", maintain_order=True)
    by_level = lambda two, three, four: pl.when(pl.col("level") == 2).then(two).when(pl.col("level") == 3).then(three).when(pl.col("level") == 4).then(four)
    return furthest.select("channel", "level", t="t", a=by_level("a", "a3", "a3"), b=by_level("t", "b3", "b3"), c=by_level(None, "t", "c"))


def figures(way):
    """Reached per step, then p50 and p90 by nearest rank of the times."""
    reached = [int((way["level"] >= k).sum()) for k in (1, 2, 3, 4)]
    out = list(reached)
    for least, expression in ((2, pl.col("b") - pl.col("a")), (3, pl.col("c") - pl.col("b")), (4, pl.col("t") - pl.col("c")), (4, pl.col("t") - pl.col("a"))):
        times = way.filter(pl.col("level") >= least).select(expression).to_series().sort()
        out += [int(times[math.ceil(p * len(times)) - 1]) if len(times) else None for p in (0.5, 0.9)]
    return out


def main():
    if sys.argv[1] == "start":
        print(json.dumps([pl.select(pl.lit(1)).item()]))
        return
    way = ways(sys.argv[2]).collect()
    answer = [["", *figures(way)]]
    for (channel,), rows in sorted(way.partition_by("channel", as_dict=True).items()):
        answer.append([channel, *figures(rows)])
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
