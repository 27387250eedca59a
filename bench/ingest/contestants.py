"""One contestant takes the rows in, in a process of its own; prints what it has stored as JSON.

    python bench/ingest/contestants.py clickhouse|duckdb|polars csv|jsonl FILE FOLDER

All do the same: types are checked and rows whose amount is no number are set aside with their text, an id that comes again is stored
once, the rest is on disk at the end. None computes hashes, draws events or syncs: that is weir's own.
"""
import json
import pathlib
import sys

COLUMNS = ["event_id", "lead", "kind", "occurred_at", "channel", "amount", "region", "score"]


def clickhouse(form, file, folder):
    from chdb import session

    base = session.Session(str(folder / "clickhouse"))
    text = ", ".join(f"{name} Nullable(String)" for name in COLUMNS)
    kind = "CSVWithNames" if form == "csv" else "JSONEachRow"
    source = f"file('{file}', '{kind}', '{text}')"
    base.query("CREATE DATABASE bench ENGINE = Atomic")
    base.query("CREATE TABLE bench.touches (event_id String, lead String, kind LowCardinality(String), occurred_at DateTime64(6, 'UTC'), "
               "channel LowCardinality(Nullable(String)), amount Nullable(Float64), region LowCardinality(String), score Int32) "
               "ENGINE = ReplacingMergeTree ORDER BY event_id")
    base.query("CREATE TABLE bench.rejects (event_id String, line String) ENGINE = MergeTree ORDER BY event_id")
    # One pass: materialised views read each block, as a pipeline that checks would.
    base.query(f"CREATE TABLE bench.raw ({text}) ENGINE = Null")
    broken = "ifNull(raw.amount, '') <> '' AND toFloat64OrNull(raw.amount) IS NULL"
    base.query("CREATE MATERIALIZED VIEW bench.take TO bench.touches AS SELECT event_id, lead, kind, "
               "parseDateTime64BestEffort(raw.occurred_at, 6, 'UTC') AS occurred_at, nullIf(raw.channel, '') AS channel, "
               f"toFloat64OrNull(raw.amount) AS amount, region, toInt32(raw.score) AS score FROM bench.raw AS raw WHERE NOT ({broken})")
    base.query("CREATE MATERIALIZED VIEW bench.set_aside TO bench.rejects AS SELECT event_id, concatWithSeparator(',', "
               + ", ".join(f"ifNull({name}, '')" for name in COLUMNS) + f") AS line FROM bench.raw AS raw WHERE {broken}")
    base.query(f"INSERT INTO bench.raw SELECT * FROM {source}")
    base.query("OPTIMIZE TABLE bench.touches FINAL DEDUPLICATE BY event_id")
    stored = base.query("SELECT count(), sum(score), round(sum(amount), 2) FROM bench.touches", "JSONCompact")
    rejected = base.query("SELECT count() FROM bench.rejects", "JSONCompact")
    row = json.loads(str(stored))["data"][0]
    return int(row[0]), int(json.loads(str(rejected))["data"][0][0]), int(row[1]), float(row[2])


def duckdb(form, file, folder):
    import duckdb as engine

    base = engine.connect(str(folder / "touches.duckdb"))
    types = dict.fromkeys(COLUMNS, "VARCHAR")
    if form == "csv":  # the reader itself checks the types and keeps what breaks them
        types |= {"occurred_at": "TIMESTAMP", "amount": "DOUBLE", "score": "INTEGER"}
        source = f"read_csv('{file}', header = true, columns = {types}, store_rejects = true, rejects_table = 'broken', nullstr = '')"
    else:
        base.execute(f"CREATE TEMP TABLE raw AS SELECT *, TRY_CAST(amount AS DOUBLE) AS number FROM read_json('{file}', "
                     f"format = 'newline_delimited', columns = {types})")
        base.execute("CREATE TABLE broken AS SELECT * FROM raw WHERE amount IS NOT NULL AND number IS NULL")
        source = ("(SELECT event_id, lead, kind, CAST(occurred_at AS TIMESTAMP) AS occurred_at, channel, number AS amount, region, "
                  "CAST(score AS INTEGER) AS score FROM raw WHERE amount IS NULL OR number IS NOT NULL)")
    base.execute(f"CREATE TABLE touches AS SELECT DISTINCT ON (event_id) * FROM {source}")
    if form == "csv":
        base.execute("CREATE TABLE rejects AS SELECT * FROM broken")
    base.execute("CHECKPOINT")
    count, scores, amounts = base.execute("SELECT count(*), sum(score), round(sum(amount), 2) FROM touches").fetchall()[0]
    return count, base.execute("SELECT count(DISTINCT line) FROM broken" if form == "csv" else "SELECT count(*) FROM broken").fetchall()[0][0], int(scores), float(amounts)


def polars(form, file, folder):
    import polars as pl

    if form == "csv":
        frame = pl.read_csv(file, schema={name: pl.String for name in COLUMNS})
    else:
        frame = pl.read_ndjson(file, schema={name: pl.String for name in COLUMNS})
    given = pl.col("amount").is_not_null() & (pl.col("amount") != "")
    number = pl.col("amount").cast(pl.Float64, strict=False)
    broken = frame.filter(given & number.is_null())
    broken.write_parquet(folder / "rejects.parquet")
    taken = frame.filter(~(given & number.is_null())).unique("event_id", keep="first", maintain_order=True).with_columns(
        number, pl.col("score").cast(pl.Int32), pl.col("occurred_at").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us"),
        pl.when(pl.col("channel") == "").then(None).otherwise(pl.col("channel")).alias("channel"))
    taken.write_parquet(folder / "touches.parquet")
    return taken.height, broken.height, int(taken["score"].sum()), round(taken["amount"].sum(), 2)


def main():
    name, form, file, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]).resolve(), pathlib.Path(sys.argv[4])
    folder.mkdir(parents=True, exist_ok=True)
    stored, rejected, scores, amounts = {"clickhouse": clickhouse, "duckdb": duckdb, "polars": polars}[name](form, file, folder)
    print(json.dumps({"stored": stored, "rejected": rejected, "scores": scores, "amounts": amounts}))


if __name__ == "__main__":
    main()
