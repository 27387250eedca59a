#!/usr/bin/env python3
"""Events of a company for the benches: the same bytes for the same size and seed, in order of arrival, as Parquet or CSV.

Columns: id (text, unique), lead (text), type (one of twelve), occurred_at (UTC, microseconds, ties happen), channel (one of six, the
lead's own), amount (major units with two decimals, null for most). A lead lives for some weeks: its events thin out, and steps of the
funnel come in order for most leads, with gaps, repeats and leads that skip or stop.
"""
import argparse

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq

TYPES = ["page.viewed", "email.opened", "email.clicked", "content.viewed", "form.submitted", "webinar.attended",
         "meeting.booked", "meeting.held", "feature.used", "deal.created", "proposal.sent", "deal.won"]
SHARES = [0.34, 0.18, 0.10, 0.10, 0.06, 0.03, 0.04, 0.03, 0.07, 0.02, 0.02, 0.01]
CHANNELS = ["organic", "paid", "social", "email", "referral", "event"]
BEGIN = 1_672_531_200_000_000  # 2023-01-01
DAY = 86_400_000_000
SPAN_DAYS = 540
EVENTS_PER_LEAD = 25


def make(count, seed=1):
    """Table of `count` events, sorted by occurred_at; ids run in that order."""
    draw = np.random.Generator(np.random.PCG64(seed))
    leads = max(1, count // EVENTS_PER_LEAD)
    lead = draw.integers(0, leads, count)
    first = draw.integers(0, (SPAN_DAYS - 90) * DAY, leads)
    channel = draw.integers(0, len(CHANNELS), leads)
    age = (draw.exponential(14.0, count) * DAY).astype(np.int64)
    age = np.minimum(age, 89 * DAY)
    occurred = BEGIN + (first[lead] + age) // 1_000_000 * 1_000_000  # whole seconds: ties within a lead happen
    kind = draw.choice(len(TYPES), count, p=SHARES)
    late = age > draw.integers(2, 20, count) * DAY
    kind = np.where(late & (kind < 4) & (draw.random(count) < 0.15), draw.integers(4, len(TYPES), count), kind)
    cents = draw.integers(1_000, 10_000_000, count)
    has_amount = kind >= 9
    order = np.argsort(occurred, kind="stable")
    lead, occurred, kind, cents, has_amount = lead[order], occurred[order], kind[order], cents[order], has_amount[order]
    dictionary = lambda codes, names: pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(names)).cast(pa.string())
    number = pa.array(lead).cast(pa.string())
    prefix = lambda text, values: pa.compute.binary_join_element_wise(text, values, "")
    return pa.table({
        "id": prefix("e", pa.array(np.arange(count)).cast(pa.string())),
        "lead": prefix("L", number),
        "type": dictionary(kind, TYPES),
        "occurred_at": pa.array(occurred, pa.timestamp("us")),
        "channel": dictionary(channel[lead], CHANNELS),
        "amount": pa.array(cents / 100.0, mask=~has_amount),
    })


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("out", help="file to write: .parquet or .csv")
    options = parser.parse_args()
    events = make(options.events, options.seed)
    if options.out.endswith(".csv"):
        import pyarrow.csv
        pyarrow.csv.write_csv(events, options.out)
    else:
        pq.write_table(events, options.out, compression="zstd", row_group_size=122_880)


if __name__ == "__main__":
    main()
