"""Features and scores on Spark have the bits of the program: the same points through ``mapInArrow`` in any partitions.

Run by ``scripts/spark``. Spark starts here on this machine alone, with workers of its own.
"""

import pathlib
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator

import example as made
import pyarrow
import pyarrow.parquet
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

import weir

Answer = Callable[[Iterator[pyarrow.RecordBatch]], Iterator[pyarrow.RecordBatch]]


def plain(schema: pyarrow.Schema) -> pyarrow.Schema:
    """Spark reads texts, and no lists of them with places."""
    kinds = [pyarrow.string() if pyarrow.types.is_dictionary(field.type) else field.type for field in schema]
    return pyarrow.schema(list(zip(schema.names, kinds, strict=True)))


def rows_of(state_folder: str, plan: str, schema: pyarrow.Schema) -> Answer:
    """What a worker does with its partition: opens the timelines once, answers batch by batch."""

    def compute(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        state = weir.open_features(state_folder, plan)
        for batch in batches:
            yield from pyarrow.table(weir.features(state, batch)).cast(schema).to_batches()

    return compute


def scores_of(model_path: str) -> Answer:
    """The same with feature rows as points, and scores as rows."""

    def compute(batches: Iterator[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        model = weir.open_model(model_path)
        for batch in batches:
            names = pyarrow.table({"subject": batch["subject"], "as_of": batch["as_of"]})
            scores = pyarrow.table(weir.score(model, batch))
            yield from names.append_column("probability", scores["probability"]).to_batches()

    return compute


def bits(table: pyarrow.Table) -> list[tuple]:
    """Rows in an order that follows from them alone; numbers are equal only with equal bits."""

    def exact(value: object) -> object:
        return struct.pack("d", value) if isinstance(value, float) else value

    table = table.set_column(table.column_names.index("as_of"), "as_of", table["as_of"].cast(pyarrow.timestamp("us")))
    rows = [tuple(exact(value) for value in row.values()) for row in table.to_pylist()]
    return sorted(rows, key=repr)


def check(name: str, expected: pyarrow.Table, answered: DataFrame) -> None:
    """Ends with what differs."""
    actual = answered.toArrow()
    if actual.column_names != expected.column_names:
        sys.exit(f"spark: {name}: columns {actual.column_names}, not {expected.column_names}")
    if bits(actual) != bits(expected):
        sys.exit(f"spark: {name}: rows differ")
    print(f"spark: {name}: {actual.num_rows} rows of {actual.num_columns} columns have the same bits")


def main() -> None:
    """The example's points through Spark, features and scores of them."""
    with tempfile.TemporaryDirectory() as folder:
        example = made.make(pathlib.Path(folder))
        points = str(pathlib.Path(folder) / "points.parquet")
        pyarrow.parquet.write_table(example.table.select(["subject", "as_of"]), points)
        state = str(pathlib.Path(folder) / ".weir")
        spark = (
            SparkSession.builder.master("local[2]")
            .config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.warehouse.dir", folder)
            .config("spark.driver.memory", "1g")
            .getOrCreate()
        )
        spark.sparkContext.setLogLevel("ERROR")
        try:
            ours = pyarrow.table(weir.features(weir.open_features(state, example.plan), example.table.slice(0, 1)))
            schema = plain(ours.schema)
            compute = rows_of(state, str(example.plan), schema)
            asked = spark.read.parquet(points)
            rows = None
            for partitions in (1, 7):
                rows = asked.repartition(partitions).mapInArrow(compute, from_arrow_schema(schema))
                check(f"features, {partitions} partitions", example.table, rows)
            scores = pyarrow.table(weir.score(weir.open_model(example.model), example.table))
            expected = example.table.select(["subject", "as_of"]).append_column("probability", scores["probability"])
            scored = rows.mapInArrow(scores_of(str(example.model)), "subject string, as_of timestamp, probability double")
            check("scores", expected, scored)
        finally:
            spark.stop()


if __name__ == "__main__":
    main()
