#!/usr/bin/env python3
"""Events of a company for the benches: the same bytes for the same size and seed, in order of arrival, as Parquet or CSV.

Columns: id (text, unique), lead (text), type (one of twelve), occurred_at (UTC, microseconds, ties happen), channel (one of six, the
lead's own), amount (major units with two decimals, null for most). A lead lives for some weeks: its events thin out, and steps of the
funnel come in order for most leads, with gaps, repeats and leads that skip or stop.

Memory does not grow with the number of events but by 16 bytes per lead: they are drawn block by block, laid on disk by slice of time
(17 bytes each) and sorted slice by slice. With --files a slice of time goes into each file, as a log that is closed every so often.
"""
import argparse
import pathlib
import tempfile

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet as pq

TYPES = ["page.viewed", "email.opened", "email.clicked", "content.viewed", "form.submitted", "webinar.attended",
         "meeting.booked", "meeting.held", "feature.used", "deal.created", "proposal.sent", "deal.won"]
SHARES = [0.34, 0.18, 0.10, 0.10, 0.06, 0.03, 0.04, 0.03, 0.07, 0.02, 0.02, 0.01]
CHANNELS = ["organic", "paid", "social", "email", "referral", "event"]
BEGIN = 1_672_531_200_000_000  # 2023-01-01
DAY = 86_400_000_000
SPAN_DAYS = 540
EVENTS_PER_LEAD = 25
BLOCK = 2_000_000  # events that are drawn, or sorted, at once: about
LAID = np.dtype([("second", np.int64), ("lead", np.int32), ("cents", np.int32), ("kind", np.int8)])


class Leads:
    """When each lead's first event can be, in seconds since BEGIN, and its channel."""

    def __init__(self, count, seed):
        draw = np.random.Generator(np.random.PCG64([seed, 0]))
        self.first = draw.integers(0, (SPAN_DAYS - 90) * DAY, count)
        self.channel = draw.integers(0, len(CHANNELS), count).astype(np.int8)


def draw_block(leads, count, seed, block):
    """`count` events of any leads in no order; cents -1: no amount."""
    draw = np.random.Generator(np.random.PCG64([seed, 1, block]))
    lead = draw.integers(0, len(leads.first), count)
    age = np.minimum((draw.exponential(14.0, count) * DAY).astype(np.int64), 89 * DAY)
    kind = draw.choice(len(TYPES), count, p=SHARES)
    late = age > draw.integers(2, 20, count) * DAY
    kind = np.where(late & (kind < 4) & (draw.random(count) < 0.15), draw.integers(4, len(TYPES), count), kind)
    events = np.empty(count, LAID)
    events["second"] = (leads.first[lead] + age) // 1_000_000  # ties within a lead happen
    events["lead"] = lead
    events["cents"] = np.where(kind >= 9, draw.integers(1_000, 10_000_000, count), -1)
    events["kind"] = kind
    return events


def slices(count, seed, least=1):
    """Tables of events, each a slice of time and sorted by it, one after the other; at least so many. ids run on."""
    leads = Leads(max(1, count // EVENTS_PER_LEAD), seed)
    number = max(least, -(-count // BLOCK))
    seconds = SPAN_DAYS * 86_400 // number + 1
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder) / str(i) for i in range(number)]
        for block, begin in enumerate(range(0, count, BLOCK)):
            events = draw_block(leads, min(BLOCK, count - begin), seed, block)
            events = events[np.argsort(events["second"], kind="stable")]
            bounds = np.searchsorted(events["second"], np.arange(number + 1) * seconds)
            for path, low, high in zip(paths, bounds[:-1], bounds[1:]):
                with open(path, "ab") as out:
                    events[low:high].tofile(out)
        first = 0
        for path in paths:
            events = np.fromfile(path, LAID)
            path.unlink()
            yield table_of(events[np.argsort(events["second"], kind="stable")], leads, first)
            first += len(events)


def table_of(events, leads, first):
    """Sorted events as they stand in the file; `first`: the first one's number."""
    dictionary = lambda codes, names: pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(names)).cast(pa.string())
    prefix = lambda text, values: pa.compute.binary_join_element_wise(text, pa.array(values).cast(pa.string()), "")
    return pa.table({
        "id": prefix("e", np.arange(first, first + len(events))),
        "lead": prefix("L", events["lead"].copy()),
        "type": dictionary(events["kind"], TYPES),
        "occurred_at": pa.array(BEGIN + events["second"] * 1_000_000, pa.timestamp("us")),
        "channel": dictionary(leads.channel[events["lead"]], CHANNELS),
        "amount": pa.array(events["cents"] / 100.0, mask=events["cents"] < 0),
    })


def write(path, tables):
    """One file of tables in a row; its ending says the format."""
    tables = iter(tables)
    table = next(tables)
    if path.suffix == ".csv":
        writer = pa.csv.CSVWriter(path, table.schema)
    else:
        writer = pq.ParquetWriter(path, table.schema, compression="zstd")
    with writer:
        while table is not None:
            writer.write_table(table, 122_880)
            table = next(tables, None)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=int, help="so many files, or some more, of a slice of time each; `out` has {} for their number")
    parser.add_argument("out", help="file to write: .parquet or .csv")
    options = parser.parse_args()
    if options.files is None:
        write(pathlib.Path(options.out), slices(options.events, options.seed))
        return
    for number, table in enumerate(slices(options.events, options.seed, options.files)):
        write(pathlib.Path(options.out.format(f"{number:03}")), [table])


if __name__ == "__main__":
    main()
