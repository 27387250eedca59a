#!/usr/bin/env python3
"""The same forty features by other means: `peers.py CONTESTANT EVENTS POINTS OUT`, Parquet to Parquet.

duckdb-join, clickhouse, polars: events join their lead's points, and conditional aggregates count what lies in each window.
duckdb-asof: running counts and sums per lead; a window is the difference of two of them, found by ASOF joins at its two edges.
Sums are of whole cents, so every contestant's numbers are exact; Polars multiplies by 1/100 where it should divide, so its answer is
left in cents and microseconds (run.py divides). An event counts at t when occurred_at < t, as everywhere in weir.
"""
import pathlib
import sys

from features import COUNTED, DAY, FEATURES, SINCE, WINDOWS

CENTS = "CAST(round(amount * 100) AS BIGINT)"
RANK = "CASE type WHEN 'page.viewed' THEN 1 WHEN 'form.submitted' THEN 2 WHEN 'meeting.booked' THEN 3 WHEN 'deal.won' THEN 4 ELSE 0 END"


def short(of):
    return of.replace(".", "_")


def duckdb_join(events, points, out):
    import duckdb
    columns = []
    for name, (function, of, days) in FEATURES.items():
        is_of = "" if of in ("any", "amount") else f" AND type = '{of}'"
        within = f" AND occurred >= moment - {days * DAY}" if days else ""
        if function == "count":
            columns.append(f"CAST(count(occurred) FILTER (occurred IS NOT NULL{is_of}{within}) AS DOUBLE) AS {name}")
        elif function == "sum":
            columns.append(f"CAST(coalesce(sum(cents) FILTER (occurred IS NOT NULL{within}), 0) AS DOUBLE) / 100 AS {name}")
        elif function == "since":
            columns.append(f"CAST(any_value(moment) - max(occurred) FILTER (occurred IS NOT NULL{is_of}) AS DOUBLE) / {DAY}.0 AS {name}")
        else:
            columns.append(f"CAST(arg_max(cents, (occurred, rank, number)) FILTER (cents IS NOT NULL) AS DOUBLE) / 100 AS {name}")
    db = duckdb.connect()
    db.execute(f"""COPY (
        SELECT subject, any_value(as_of) AS as_of, {', '.join(columns)}
        FROM (SELECT subject, as_of, epoch_us(as_of) AS moment, file_row_number AS point FROM read_parquet('{points}', file_row_number = true)) p
        LEFT JOIN (SELECT lead, type, epoch_us(occurred_at) AS occurred, {CENTS} AS cents, {RANK} AS rank, CAST(substr(id, 2) AS BIGINT) AS number
                   FROM read_parquet('{events}')) e
        ON e.lead = p.subject AND e.occurred < p.moment
        GROUP BY point, subject) TO '{out}' (FORMAT parquet)""")


def duckdb_asof(events, points, out):
    import duckdb
    db = duckdb.connect()
    over = "OVER (PARTITION BY lead ORDER BY occurred, rank, number ROWS UNBOUNDED PRECEDING)"
    running = [f"count(*) {over} AS n_any"]
    running += [f"count(*) FILTER (type = '{of}') {over} AS n_{short(of)}" for of in COUNTED if of != "any"]
    running += [f"sum(cents) {over} AS total", f"last_value(cents IGNORE NULLS) {over} AS last_cents"]
    running += [f"max(CASE WHEN type = '{of}' THEN occurred END) {over} AS at_{short(of)}" for of in SINCE if of != "any"]
    db.execute(f"""CREATE TEMP TABLE running AS SELECT lead, occurred, number, rank, {', '.join(running)}
        FROM (SELECT lead, type, epoch_us(occurred_at) AS occurred, {CENTS} AS cents, {RANK} AS rank, CAST(substr(id, 2) AS BIGINT) AS number
              FROM read_parquet('{events}'))""")
    # Of one instant the last row holds what came by then.
    db.execute("CREATE TEMP TABLE steps AS SELECT * FROM running QUALIFY row_number() OVER (PARTITION BY lead, occurred ORDER BY rank DESC, number DESC) = 1")
    edges = [None] + WINDOWS
    joins = "".join(f" ASOF LEFT JOIN steps e{days or 0} ON p.subject = e{days or 0}.lead AND p.moment{f' - {days * DAY}' if days else ''} > e{days or 0}.occurred"
                    for days in edges)
    columns = []
    for name, (function, of, days) in FEATURES.items():
        if function == "count":
            columns.append(f"CAST(coalesce(e0.n_{short(of)}, 0) - coalesce(e{days}.n_{short(of)}, 0) AS DOUBLE) AS {name}")
        elif function == "sum":
            columns.append(f"CAST(coalesce(e0.total, 0) - coalesce(e{days}.total, 0) AS DOUBLE) / 100 AS {name}")
        elif function == "since":
            columns.append(f"CAST(moment - e0.{'occurred' if of == 'any' else 'at_' + short(of)} AS DOUBLE) / {DAY}.0 AS {name}")
        else:
            columns.append(f"CAST(e0.last_cents AS DOUBLE) / 100 AS {name}")
    db.execute(f"""COPY (SELECT subject, as_of, {', '.join(columns)}
        FROM (SELECT subject, as_of, epoch_us(as_of) AS moment FROM read_parquet('{points}')) p{joins}) TO '{out}' (FORMAT parquet)""")


def clickhouse(events, points, out):
    import chdb
    columns = []
    for name, (function, of, days) in FEATURES.items():
        holds = "occurred > 0" + ("" if of in ("any", "amount") else f" AND type = '{of}'") + (f" AND occurred >= moment - {days * DAY}" if days else "")
        if function == "count":
            columns.append(f"toFloat64(countIf({holds})) AS {name}")
        elif function == "sum":
            columns.append(f"toFloat64(sumIf(cents, {holds})) / 100 AS {name}")
        elif function == "since":
            columns.append(f"if(countIf({holds}) = 0, NULL, toFloat64(any(moment) - maxIf(occurred, {holds})) / {DAY}.) AS {name}")
        else:
            columns.append(f"if(countIf(cents > 0) = 0, NULL, toFloat64(argMaxIf(cents, (occurred, rank, number), cents > 0)) / 100) AS {name}")
    rank = "multiIf(type = 'page.viewed', 1, type = 'form.submitted', 2, type = 'meeting.booked', 3, type = 'deal.won', 4, 0)"
    sql = f"""INSERT INTO FUNCTION file('{out}', Parquet)
        SELECT any(subject) AS subject, any(as_of) AS as_of, {', '.join(columns)}
        FROM (SELECT subject, as_of, toUnixTimestamp64Micro(as_of) AS moment, rowNumberInAllBlocks() AS point FROM file('{points}', Parquet)) AS p
        LEFT JOIN (SELECT assumeNotNull(lead) AS lead, assumeNotNull(type) AS type, toUnixTimestamp64Micro(assumeNotNull(occurred_at)) AS occurred,
                          toInt64(round(ifNull(amount, 0) * 100)) AS cents, {rank} AS rank, toInt64(substring(id, 2)) AS number
                   FROM file('{events}', Parquet)) AS e
        ON e.lead = p.subject AND e.occurred < p.moment
        GROUP BY point SETTINGS join_use_nulls = 0, allow_experimental_join_condition = 1"""
    chdb.query(sql)


def polars(events, points, out):
    import polars as pl
    rank = pl.col("type").replace_strict({"page.viewed": 1, "form.submitted": 2, "meeting.booked": 3, "deal.won": 4}, default=0, return_dtype=pl.Int8)
    rows = pl.scan_parquet(events).select(
        "lead", "type", pl.col("occurred_at").dt.epoch("us").alias("occurred"), (pl.col("amount") * 100).round().cast(pl.Int64).alias("cents"),
        rank.alias("rank"), pl.col("id").str.slice(1).cast(pl.Int64).alias("number")).sort("occurred", "rank", "number")
    asked = pl.scan_parquet(points).with_row_index("point").with_columns(pl.col("as_of").dt.epoch("us").alias("moment"))
    pairs = asked.join(rows, left_on="subject", right_on="lead", how="inner", maintain_order="right").filter(pl.col("occurred") < pl.col("moment"))
    found = []
    for name, (function, of, days) in FEATURES.items():
        holds = pl.lit(True) if of in ("any", "amount") else pl.col("type") == of
        if days:
            holds = holds & (pl.col("occurred") >= pl.col("moment") - days * DAY)
        if function == "count":
            found.append(holds.cast(pl.Int64).sum().cast(pl.Float64).alias(name))
        elif function == "sum":
            found.append(pl.when(holds).then(pl.col("cents")).sum().alias(name))
        elif function == "since":
            found.append((pl.col("moment").first() - pl.when(holds).then(pl.col("occurred")).max()).alias(name))
        else:
            found.append(pl.col("cents").drop_nulls().last().alias(name))
    features = pairs.group_by("point").agg(found)
    zero = [pl.col(name).fill_null(0) for name, (function, _, _) in FEATURES.items() if function in ("count", "sum")]
    asked.select("point", "subject", "as_of").join(features, on="point", how="left").with_columns(zero).drop("point").sink_parquet(out)


if __name__ == "__main__":
    pathlib.Path(sys.argv[4]).unlink(missing_ok=True)   # of an earlier run
    {"duckdb-join": duckdb_join, "duckdb-asof": duckdb_asof, "clickhouse": clickhouse, "polars": polars}[sys.argv[1]](*sys.argv[2:5])
