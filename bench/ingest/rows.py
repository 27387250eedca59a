"""Makes the same rows as CSV and as JSON lines: 8 columns, keys that come again, cells that are no numbers.

    python bench/ingest/rows.py --rows 5000000 FOLDER

About 1 % of the rows repeat an earlier one, .1 % have an amount that is no number, 40 % none. Fixed seed; some 61 bytes a row in CSV.
"""
import argparse
import pathlib

import numpy as np
import polars as pl

SEED = 7
KINDS = np.array(["opened", "viewed", "clicked", "call", "form", "meeting"])
CHANNELS = np.array(["email", "web", "phone", "event", ""])
REGIONS = np.array(["north", "south", "east", "west"])


def rows(count):
    """A polars frame of texts, as they stand in the files."""
    draw = np.random.default_rng(SEED)
    place = np.arange(count)
    repeats = draw.random(count) < 0.01
    first = np.where(repeats, (draw.random(count) * np.maximum(place, 1)).astype(np.int64), place)
    for _ in range(20):  # what repeats a repeat says what that one says
        first = first[first]
    seconds = 1735689600 + place * 31536000 // count + draw.integers(0, 86400, count)
    columns = {
        "id": place, "lead": draw.integers(0, 200_000, count), "kind": KINDS[draw.integers(0, 6, count)], "seconds": seconds,
        "channel": CHANNELS[draw.integers(0, 5, count)], "cents": draw.integers(0, 100_000, count), "paid": draw.random(count) < 0.6,
        "broken": draw.random(count) < 0.001, "region": REGIONS[draw.integers(0, 4, count)], "score": draw.integers(0, 101, count),
    }
    frame = pl.DataFrame({name: values[first] for name, values in columns.items()})
    amount = pl.format("{}.{}", pl.col("cents") // 100, (pl.col("cents") % 100).cast(pl.String).str.zfill(2))
    return frame.select(
        pl.format("E{}", pl.col("id").cast(pl.String).str.zfill(7)).alias("event_id"),
        pl.format("L{}", pl.col("lead")).alias("lead"),
        "kind",
        pl.from_epoch("seconds", time_unit="s").dt.strftime("%Y-%m-%dT%H:%M:%SZ").alias("occurred_at"),
        "channel",
        pl.when("broken").then(pl.lit("n/k")).when("paid").then(amount).otherwise(pl.lit("")).alias("amount"),
        "region", "score")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    frame = rows(arguments.rows)
    frame.write_csv(arguments.folder / "touches.csv", quote_style="necessary")
    missing = [pl.when(pl.col(name) == "").then(None).otherwise(pl.col(name)).alias(name) for name in ("channel", "amount")]
    numbers = pl.col("amount").cast(pl.Float64, strict=False)
    with open(arguments.folder / "touches.jsonl", "w", encoding="utf-8") as out:
        for part in frame.with_columns(missing).iter_slices(200_000):
            broken = part["amount"] == "n/k"
            text = part.with_columns(numbers).write_ndjson().splitlines()
            for line, is_broken in zip(text, broken.fill_null(False)):
                out.write((line.replace('"amount":null', '"amount":"n/k"') if is_broken else line) + "\n")


if __name__ == "__main__":
    main()
