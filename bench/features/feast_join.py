#!/usr/bin/env python3
"""The last amount before each label, by Feast: `feast_join.py OFFLINE_STORE AMOUNTS POINTS OUT`, Parquet to Parquet.

Feast keeps values that others computed and joins them as of a time; windows are outside of it. So it is asked for the one feature of the
forty that is such a value. AMOUNTS (columns lead, event_timestamp, created, amount) are the events that have one; of one instant Feast
takes the row created last. It counts an event at its own instant, weir only after it: labels are asked a microsecond earlier.
OFFLINE_STORE: dask or duckdb.
"""
import pathlib
import sys
import tempfile

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.types import Float64


def main():
    offline, amounts, points, out = sys.argv[1], *map(pathlib.Path, sys.argv[2:])
    with tempfile.TemporaryDirectory() as folder:
        store = FeatureStore(config=RepoConfig(
            project="bench", provider="local", registry=f"{folder}/registry.db", entity_key_serialization_version=3,
            offline_store={"type": offline}, online_store={"type": "sqlite", "path": f"{folder}/online.db"}))
        lead = Entity(name="lead", join_keys=["lead"], value_type=ValueType.STRING)
        source = FileSource(path=str(amounts.resolve()), timestamp_field="event_timestamp", created_timestamp_column="created")
        view = FeatureView(name="deals", entities=[lead], schema=[Field(name="amount", dtype=Float64)], source=source)
        store.apply([lead, view])
        labels = pq.read_table(points).to_pandas()
        asked = labels.rename(columns={"subject": "lead"})
        asked["event_timestamp"] = (asked.pop("as_of") - pd.Timedelta(microseconds=1)).dt.tz_localize("UTC")
        found = store.get_historical_features(asked, ["deals:amount"]).to_df()
    table = pa.table({"subject": pa.array(found["lead"], pa.string()),
                      "as_of": pa.array(found["event_timestamp"].dt.tz_convert("UTC").dt.tz_localize(None)).cast(pa.timestamp("us")),
                      "amount_last": pa.array(found["amount"], pa.float64(), from_pandas=True)})
    moved = pa.compute.add(table["as_of"], pa.scalar(1, pa.duration("us")))
    pq.write_table(table.set_column(1, "as_of", moved), out)


if __name__ == "__main__":
    main()
