#!/usr/bin/env python3
"""The funnel by ClickHouse (chdb) over its own table, ordered by (lead, occurred): `load`, then `levels` (windowFunnel alone), `full` or `start`.

The full answer carries along each lead's latest start and first arrivals: running maxima of (start, -arrival, ...) over the window ordered by
time and step, one nesting per step. It is what windowFunnel leaves out: times, and the attempt that they belong to.
"""
import json
import sys

from chdb import session

from question import STEPS, WINDOW


def load(db, parquet):
    db.query("CREATE DATABASE IF NOT EXISTS bench")
    db.query("CREATE TABLE bench.events (lead String, occurred UInt64, type LowCardinality(String), channel LowCardinality(String)) "
             "ENGINE = MergeTree ORDER BY (lead, occurred)")
    db.query(f"INSERT INTO bench.events SELECT lead, toUnixTimestamp64Micro(occurred_at), type, channel FROM file('{parquet}', Parquet)")
    db.query("OPTIMIZE TABLE bench.events FINAL")


def levels_query():
    conditions = ", ".join(f"type = '{step}'" for step in STEPS)
    return (f"SELECT channel, level, count() AS leads FROM (SELECT lead, any(channel) AS channel, windowFunnel({WINDOW})(occurred, {conditions}) AS level "
            "FROM bench.events GROUP BY lead) GROUP BY channel, level ORDER BY channel, level")


def ways_query():
    """One row per lead that has a first step: its level and the times of its way."""
    step = "multiIf(" + ", ".join(f"type = '{name}', {i}" for i, name in enumerate(STEPS)) + ", 9)"
    names = ", ".join(f"'{name}'" for name in STEPS)
    over = "OVER (PARTITION BY lead ORDER BY t, step ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
    rows = f"(SELECT lead, channel, toInt64(occurred) AS t, toUInt8({step}) AS step FROM bench.events WHERE type IN ({names}))"
    # sK: the latest (start, -arrival at step 2, ...) among the rows so far that reached step K; zeros: none
    rows = f"(SELECT *, max(if(step = 0, t, 0)) {over} AS s1 FROM {rows})"
    rows = f"(SELECT *, max(if(step = 1 AND s1 > 0 AND t - s1 <= {WINDOW}, (s1, -t), (toInt64(0), toInt64(0)))) {over} AS s2 FROM {rows})"
    rows = f"(SELECT *, max(if(step = 2 AND s2.1 > 0 AND t - s2.1 <= {WINDOW}, (s2.1, s2.2, -t), (toInt64(0), toInt64(0), toInt64(0)))) {over} AS s3 FROM {rows})"
    reached = (f"multiIf(step = 0, (toInt8(-1), t, t, toInt64(0), toInt64(0)), "
               f"step = 1 AND s1 > 0 AND t - s1 <= {WINDOW}, (toInt8(-2), t, s2.1, -s2.2, toInt64(0)), "
               f"step = 2 AND s2.1 > 0 AND t - s2.1 <= {WINDOW}, (toInt8(-3), t, s3.1, -s3.2, -s3.3), "
               f"step = 3 AND s3.1 > 0 AND t - s3.1 <= {WINDOW}, (toInt8(-4), t, s3.1, -s3.2, -s3.3), "
               f"(toInt8(0), t, t, toInt64(0), toInt64(0)))")
    return f"SELECT lead, any(channel) AS channel, min({reached}) AS way FROM {rows} GROUP BY lead HAVING way.1 < 0"


def full_query():
    """Per channel: reached per step, and the exact nearest-rank quantiles of the times."""
    at = lambda numbers, p: f"if(length({numbers}) = 0, NULL, {numbers}[toUInt64(ceil({p} * length({numbers})))])"
    times = {"d2": "if(level >= 2, b - a, NULL)", "d3": "if(level >= 3, c - b, NULL)", "d4": "if(level = 4, t - c, NULL)", "total": "if(level = 4, t - a, NULL)"}
    sorted_times = ", ".join(f"arraySort(groupArray({expression})) AS {name}" for name, expression in times.items())
    figures = ", ".join(f"{at(name, p)} AS {name}_p{int(p * 100)}" for name in times for p in (0.5, 0.9))
    counts = ", ".join(f"countIf(level >= {k}) AS n{k}" for k in (1, 2, 3, 4))
    ways = f"SELECT channel, -way.1 AS level, way.2 AS t, way.3 AS a, if(level >= 3, way.4, if(level = 2, way.2, 0)) AS b, if(level = 4, way.5, if(level = 3, way.2, 0)) AS c FROM ({ways_query()})"
    return f"SELECT channel, n1, n2, n3, n4, {figures} FROM (SELECT channel, {counts}, {sorted_times} FROM ({ways}) GROUP BY channel WITH ROLLUP) ORDER BY channel"


def main():
    what, folder = sys.argv[1], sys.argv[2]
    db = session.Session(folder)
    db.query("SET max_threads = 2")
    if what == "load":
        load(db, sys.argv[3])
    else:
        query = {"start": "SELECT 1 AS one", "levels": levels_query(), "full": full_query()}[what]
        print(json.dumps(json.loads(str(db.query(query, "JSONCompact")))["data"]))
    db.close()


if __name__ == "__main__":
    main()
