#!/usr/bin/env python3
"""The funnel by DuckDB: `load` into its own table ordered by (lead, occurred), then `table` or `parquet` for the full answer, or `start`.

The running maxima of clickhouse.py, in DuckDB's words.
"""
import json
import sys

import duckdb

from question import STEPS, WINDOW


def ways_query(source):
    step = "CASE " + " ".join(f"WHEN type = '{name}' THEN {i}" for i, name in enumerate(STEPS)) + " END"
    names = ", ".join(f"'{name}'" for name in STEPS)
    over = "OVER (PARTITION BY lead ORDER BY t, step ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
    rows = f"(SELECT lead, channel, epoch_us(occurred_at) AS t, {step} AS step FROM {source} WHERE type IN ({names}))"
    rows = f"(SELECT *, max(CASE WHEN step = 0 THEN t END) {over} AS s1 FROM {rows})"
    rows = f"(SELECT *, max(CASE WHEN step = 1 AND t - s1 <= {WINDOW} THEN {{'a': s1, 'b': -t}} END) {over} AS s2 FROM {rows})"
    rows = f"(SELECT *, max(CASE WHEN step = 2 AND t - s2.a <= {WINDOW} THEN {{'a': s2.a, 'b': s2.b, 'c': -t}} END) {over} AS s3 FROM {rows})"
    way = lambda level, a, b, c: f"{{'level': {level}, 't': t, 'a': {a}, 'b': {b}, 'c': {c}}}"
    reached = (f"CASE WHEN step = 0 THEN {way(-1, 't', 0, 0)} WHEN step = 1 AND t - s1 <= {WINDOW} THEN {way(-2, 's2.a', '-s2.b', 0)} "
               f"WHEN step = 2 AND t - s2.a <= {WINDOW} THEN {way(-3, 's3.a', '-s3.b', '-s3.c')} "
               f"WHEN step = 3 AND t - s3.a <= {WINDOW} THEN {way(-4, 's3.a', '-s3.b', '-s3.c')} END")
    return f"SELECT lead, any_value(channel) AS channel, min({reached}) AS way FROM {rows} GROUP BY lead HAVING way IS NOT NULL"


def full_query(source):
    times = {"d2": ("level >= 2", "b - a"), "d3": ("level >= 3", "c - b"), "d4": ("level = 4", "t - c"), "total": ("level = 4", "t - a")}
    figures = ", ".join(f"quantile_disc({time}, {p}) FILTER (WHERE {reached}) AS {name}_p{int(p * 100)}" for name, (reached, time) in times.items() for p in (0.5, 0.9))
    counts = ", ".join(f"count(*) FILTER (WHERE level >= {k}) AS n{k}" for k in (1, 2, 3, 4))
    return (f"SELECT coalesce(channel, ''), {counts}, {figures} FROM (SELECT channel, -way.level AS level, way.t AS t, way.a AS a, way.b AS b, way.c AS c "
            f"FROM ({ways_query(source)})) GROUP BY GROUPING SETS ((), (channel)) ORDER BY 1")


def main():
    what, path = sys.argv[1], sys.argv[2]
    if what == "parquet":
        db = duckdb.connect()
        source = f"read_parquet('{path}')"
    else:
        db = duckdb.connect(path, read_only=what != "load")
        source = "events"
    db.execute("SET threads = 2")
    if what == "load":
        db.execute("CREATE TABLE events AS SELECT lead, occurred_at, type::ENUM ('page.viewed', 'email.opened', 'email.clicked', 'content.viewed', "
                   "'form.submitted', 'webinar.attended', 'meeting.booked', 'meeting.held', 'feature.used', 'deal.created', 'proposal.sent', 'deal.won') AS type, "
                   f"channel::ENUM ('organic', 'paid', 'social', 'email', 'referral', 'event') AS channel FROM read_parquet('{sys.argv[3]}') ORDER BY lead, occurred_at")
        return
    query = "SELECT 1" if what == "start" else full_query(source)
    print(json.dumps(db.execute(query).fetchall()))


if __name__ == "__main__":
    main()
