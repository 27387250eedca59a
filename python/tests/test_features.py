"""Feature rows: the program's own bits, from the timelines and a plan."""

import json
import struct

import polars
import pyarrow
import pytest

import weir


@pytest.fixture(scope="session")
def opened(example):
    return weir.open_features(example.folder / ".weir", example.plan)


def bits(column):
    """Values that are equal only with equal bits."""
    return [struct.pack("d", value) if isinstance(value, float) else value for value in column.to_pylist()]


def test_rows_have_the_bits_of_the_program(example, opened):
    ours = pyarrow.table(weir.features(opened, example.table.select(["subject", "as_of"])))
    assert ours.column_names == example.table.column_names
    assert list(opened.features) == ours.column_names[2:]
    for name in ours.column_names:
        if name != "as_of":
            assert bits(ours[name]) == bits(example.table[name]), name
    assert ours["as_of"].cast(pyarrow.timestamp("us")) == example.table["as_of"]
    assert len(set(ours["any_touch_since"].to_pylist())) > 50
    assert set(ours["account_sector"].to_pylist()) == {None, "retail", "energy", "health"}


def test_threads_and_order_change_nothing(example, opened):
    points = example.table.select(["subject", "as_of"])
    once = pyarrow.table(weir.features(opened, points)).to_pylist()
    assert pyarrow.table(weir.features(opened, points, threads=4)).to_pylist() == once
    backwards = polars.DataFrame(points).reverse()
    assert pyarrow.table(weir.features(opened, backwards)).to_pylist() == once[::-1]


def test_rows_go_into_a_score(example, opened):
    model = weir.open_model(example.model)
    rows = weir.features(opened, example.table.select(["subject", "as_of"]))
    answered = json.loads(example.weir("score", "--points", str(example.points), "--json"))["subjects"]
    scores = pyarrow.table(weir.score(model, rows))
    assert scores["probability"].to_pylist() == [row["probability"] for row in answered]


def test_mistakes(example, opened, tmp_path):
    def check(code, words, call):
        with pytest.raises(weir.WeirError) as caught:
            call()
        assert caught.value.code == code
        assert words in str(caught.value)

    points = example.table.select(["subject", "as_of"])
    nobody = pyarrow.table({"subject": ["nobody"], "as_of": points["as_of"].slice(0, 1)})
    check("not_found", "row 1 of the points", lambda: weir.features(opened, nobody))
    check("invalid_argument", "'as_of'", lambda: weir.features(opened, points.select(["subject"])))
    texts = pyarrow.table({"subject": ["d1"], "as_of": ["2026-01-01"]})
    check("invalid_argument", "instants are timestamps", lambda: weir.features(opened, texts))
    check("invalid_argument", "threads", lambda: weir.features(opened, points, threads=0))
    plan = json.loads(example.plan.read_text())
    assert {amount is None for _, amount in plan["amounts"]} == {False, True}  # converted, and without a rate
    state = example.folder / ".weir"
    for change, code, words in (
        ({"timelines": "others.timelines"}, "state", "made for the timelines others"),
        ({"weir_feature_plan": 1}, "invalid_data", "no plan"),
        ({"stage_names": []}, "invalid_data", "a name per stage"),
        ({"amounts": [[4_000_000_000, 1]]}, "invalid_data", "do not have"),
    ):
        other = tmp_path / "plan.json"
        other.write_text(json.dumps({**plan, **change}))
        check(code, words, lambda other=other: weir.open_features(state, other))
    check("not_found", "none.json", lambda: weir.open_features(state, tmp_path / "none.json"))
