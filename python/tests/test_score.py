"""Scores and reasons: the program's own bits, from any Arrow library."""

import concurrent.futures
import json

import polars
import pyarrow
import pyarrow.compute
import pytest

import weir

FIELDS = ("probability", "low", "high", "rating", "fallback")


@pytest.fixture(scope="session")
def model(example):
    return weir.open_model(example.model)


@pytest.fixture(scope="session")
def scores(example, model):
    return pyarrow.table(weir.score(model, example.table)).to_pylist()


def test_a_score_has_the_bits_of_the_program(example, scores):
    answered = json.loads(example.weir("score", "--points", str(example.points), "--json"))["subjects"]
    assert len(answered) == len(scores) == 300
    assert len({row["probability"] for row in scores}) > 20
    assert {row["stage"] for row in answered} == {None, "discovery", "proposal"}
    for ours, theirs in zip(scores, answered, strict=True):
        wanted = {name: theirs[name] for name in FIELDS}
        assert ours == {**wanted, "rating": wanted["rating"] or None}


def test_a_model_says_what_it_is(example, model):
    assert (model.name, model.funnel, model.outcome, model.horizon_days) == ("deals/lost/30d", "deals", "lost", 30.0)
    assert example.model.stem == model.version
    assert set(model.features) <= set(example.table.column_names)
    assert "account_sector" in model.categories
    assert model.evidence.is_enough and model.evidence.level == "model"
    assert 0.6 < model.metrics[0]["auc"] <= 1


def polars_frame(table):
    return polars.from_arrow(table)


def dictionaries(table):
    for i, field in enumerate(table.schema):
        if pyarrow.types.is_string(field.type):
            table = table.set_column(i, field.name, table.column(i).dictionary_encode())
    return table


SHAPES = {
    "polars": polars_frame,
    "polars categories": lambda table: polars_frame(table).with_columns(polars.col(polars.String).cast(polars.Categorical)),
    "dictionaries": dictionaries,
    "one batch": lambda table: table.combine_chunks().to_batches()[0],
    "many batches": lambda table: pyarrow.Table.from_batches(table.to_batches(max_chunksize=7)),
    "a slice": lambda table: pyarrow.concat_tables([table.slice(5, 9), table]).slice(9),
    "other order": lambda table: table.select(table.column_names[::-1]),
    "NaN for null": lambda table: pyarrow.table(
        {
            name: pyarrow.compute.fill_null(column, float("nan")) if pyarrow.types.is_floating(column.type) else column
            for name, column in zip(table.column_names, table.columns, strict=True)
        }
    ),
    "large strings": lambda table: table.cast(
        pyarrow.schema(
            [
                pyarrow.field(f.name, pyarrow.large_string() if pyarrow.types.is_string(f.type) else f.type)
                for f in table.schema
            ]
        )
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_form_of_a_table_changes_nothing(example, model, scores, shape):
    assert pyarrow.table(weir.score(model, SHAPES[shape](example.table))).to_pylist() == scores


def test_blocks_change_nothing(example, model, scores):
    many = pyarrow.concat_tables([example.table] * 60).combine_chunks()
    assert pyarrow.table(weir.score(model, many)).to_pylist() == scores * 60
    few = pyarrow.table(weir.explain(model, example.table).by_feature).to_pylist()
    assert pyarrow.table(weir.explain(model, many).by_feature).to_pylist() == few * 60


def test_stages_may_be_columns_of_their_own(example, model, scores):
    bare = example.table.drop_columns([n for n in ("stage_name", "stage_age") if n not in model.features])
    stage, days = example.table["stage_name"], example.table["stage_age"]
    assert pyarrow.table(weir.score(model, bare, stage=stage, days_in_stage=days)).to_pylist() == scores
    series = polars.Series(stage.to_pylist()), polars.Series(days.to_pylist())
    assert pyarrow.table(weir.score(model, bare, stage=series[0], days_in_stage=series[1])).to_pylist() == scores


def test_integers_stand_for_the_same_numbers(example, model, scores):
    table = example.table
    for i, field in enumerate(table.schema):
        values = table.column(i)
        if pyarrow.types.is_floating(field.type):
            whole = all(value.as_py() is None or value.as_py().is_integer() for value in values)
            if whole:
                table = table.set_column(i, field.name, values.cast(pyarrow.int64()))
    assert pyarrow.int64() in table.schema.types
    assert pyarrow.table(weir.score(model, table)).to_pylist() == scores


def test_reasons_add_up(example, model):
    explanation = weir.explain(model, example.table)
    assert explanation.by_feature.column_names == list(model.features)
    by_feature = pyarrow.table(explanation.by_feature).to_pylist()
    by_group = pyarrow.table(explanation.by_group).to_pylist()
    for features, groups in zip(by_feature, by_group, strict=True):
        assert sum(features.values()) == pytest.approx(sum(groups.values()), abs=1e-9)
    assert any(abs(value) > 0.05 for value in by_feature[0].values())
    # The interval's lower end follows the margin alone, and rises with it.
    low = pyarrow.table(weir.score(model, example.table))["low"].to_pylist()
    margins = [explanation.bias + sum(row.values()) for row in by_feature]
    ranked = sorted(zip(margins, low, strict=True))
    assert ranked[0][1] < ranked[-1][1]
    assert all(a[1] <= b[1] for a, b in zip(ranked, ranked[1:], strict=False) if b[0] - a[0] > 1e-6)


def test_the_reasons_are_those_of_the_program(example, model):
    answered = json.loads(example.weir("score", "--points", str(example.points), "--reasons", "50", "--json"))["subjects"]
    by_group = pyarrow.table(weir.explain(model, example.table).by_group).to_pylist()
    compared = 0
    for groups, subject in zip(by_group, answered, strict=True):
        for reason in subject["reasons"]:
            assert groups[reason["group"]] == pytest.approx(reason["effect"], abs=1e-12)
            compared += 1
    assert compared > 300


def test_no_rows_are_no_mistake(example, model):
    none = example.table.slice(0, 0)
    assert pyarrow.table(weir.score(model, none)).num_rows == 0
    explanation = weir.explain(model, none)
    assert explanation.bias != 0 and explanation.by_feature.column_names == list(model.features)


def test_tables_of_weir_are_read_in_place(example, model):
    result = weir.score(model, example.table)
    first, second = pyarrow.table(result), pyarrow.table(result)
    address = [table["probability"].chunk(0).buffers()[1].address for table in (first, second)]
    assert address[0] == address[1]
    frame = polars.DataFrame(result)
    assert frame["probability"].to_list() == first["probability"].to_pylist()
    array = pyarrow.record_batch(result)
    del result, first
    assert array.column("probability").to_pylist() == second["probability"].to_pylist()
    array.validate(full=True)


def test_threads_share_a_model(example, model, scores):
    def once(_):
        return pyarrow.table(weir.score(model, example.table)).to_pylist()

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert all(answer == scores for answer in pool.map(once, range(16)))
