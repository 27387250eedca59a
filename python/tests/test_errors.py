"""Mistakes are WeirErrors with a code and a sentence that says what to do."""

import pickle

import pyarrow
import pytest

import weir


@pytest.fixture(scope="session")
def model(example):
    return weir.open_model(example.model)


def check(code, words, call):
    with pytest.raises(weir.WeirError) as caught:
        call()
    assert caught.value.code == code
    assert words in str(caught.value)


def replaced(table, name, values):
    return table.set_column(table.column_names.index(name), name, values)


def test_files(tmp_path, example):
    check("not_found", "none.json", lambda: weir.open_model(tmp_path / "none.json"))
    (tmp_path / "other.json").write_text("{}")
    check("invalid_data", "no model that weir wrote", lambda: weir.open_model(tmp_path / "other.json"))
    damaged = tmp_path / example.model.name
    damaged.write_bytes(example.model.read_bytes() + b" ")
    check("damaged", "bytes it was written with", lambda: weir.open_model(damaged))


def test_tables(example, model):
    table, number = example.table, next(name for name in model.features if name not in model.categories)
    rows = table.num_rows
    check("invalid_argument", f"needs a column '{number}'", lambda: weir.score(model, table.drop_columns([number])))
    twice = table.append_column(number, table[number])
    check("invalid_argument", "two columns", lambda: weir.score(model, twice))
    endless = replaced(table, number, pyarrow.array([float("inf")] * rows))
    check("invalid_argument", "infinite", lambda: weir.explain(model, endless))
    texts = replaced(table, number, pyarrow.array(["x"] * rows))
    check("invalid_argument", "numbers are floats", lambda: weir.score(model, texts))
    numbers = replaced(table, model.categories[0], pyarrow.array([1.0] * rows))
    check("invalid_argument", "texts are strings", lambda: weir.score(model, numbers))
    check("invalid_argument", "this is dict", lambda: weir.score(model, {}))
    check("invalid_argument", "a single column", lambda: weir.score(model, table[number]))


def test_stages(example, model):
    table = example.table
    check("invalid_argument", "'stage_nam'", lambda: weir.score(model, table, stage="stage_nam"))
    short = table["stage_age"].slice(1)
    check("invalid_argument", "fewer", lambda: weir.score(model, table, days_in_stage=short))
    long = pyarrow.array([1.0] * (table.num_rows + 1))
    check("invalid_argument", "more", lambda: weir.score(model, table, days_in_stage=long))
    negative = pyarrow.array([-1.0] * table.num_rows)
    check("invalid_argument", "negative", lambda: weir.score(model, table, days_in_stage=negative))
    check("invalid_argument", "a table", lambda: weir.score(model, table, stage=table))


def test_a_stream_that_breaks_off(example, model):
    def batches():
        yield from example.table.to_batches(max_chunksize=50)[:2]
        raise OSError("the network is gone")

    reader = pyarrow.RecordBatchReader.from_batches(example.table.schema, batches())
    check("invalid_data", "the network is gone", lambda: weir.score(model, reader))


def test_an_error_survives_pickling():
    error = pickle.loads(pickle.dumps(weir.WeirError("why", "state")))
    assert (str(error), error.code) == ("why", "state")
