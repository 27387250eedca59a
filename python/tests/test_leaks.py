"""Whatever is made is freed: with results, without them, and after errors."""

import gc
import resource
import sys

import pyarrow
import pytest

import weir


def test_references_and_memory_stay(example):
    model = weir.open_model(example.model)
    table = pyarrow.concat_tables([example.table] * 20)
    missing = table.drop_columns([model.features[0]])

    def once():
        result = pyarrow.table(weir.score(model, table))
        weir.explain(model, table)
        weir.open_model(example.model)
        unread = weir.score(model, table).__arrow_c_stream__()
        with pytest.raises(weir.WeirError):
            weir.score(model, missing)
        return result.num_rows, type(unread)

    def held():
        gc.collect()
        return sys.getrefcount(model), sys.getrefcount(table), sys.getrefcount(example.table)

    for _ in range(3):
        once()
    before, arrow_bytes, peak = held(), pyarrow.total_allocated_bytes(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(30):
        once()
    assert held() == before
    assert pyarrow.total_allocated_bytes() == arrow_bytes
    # One score of this table is 150 kB: thirty that were kept would be seen.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 8_000  # kB
