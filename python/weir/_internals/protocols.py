"""What counts as Arrow data: the Arrow PyCapsule interface."""

from typing import Protocol


class ArrowStreamExportable(Protocol):
    """Tables and chunked columns: pyarrow.Table, polars.DataFrame, polars.Series, pandas.DataFrame, weir.Table."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


class ArrowArrayExportable(Protocol):
    """Record batches and arrays: pyarrow.RecordBatch, pyarrow.Array."""

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...


ArrowData = ArrowStreamExportable | ArrowArrayExportable
