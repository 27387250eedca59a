"""
Kernels of weir. Use the package weir: its functions say what goes in and what comes out.
"""



class Table:
    """
    Columns that weir computed; pyarrow, polars and others read them in place through the Arrow PyCapsule interface.
    """

    def __len__(self) -> int: ...

    @property
    def num_rows(self) -> int:
        """Number of rows."""

    @property
    def column_names(self) -> list[str]:
        """Names of the columns, in order."""

    def __arrow_c_schema__(self) -> object: ...

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

class OpenModel:
    """A model that was read from its file. Immutable; threads may share it."""

    @property
    def name(self) -> str: ...

    @property
    def funnel(self) -> str: ...

    @property
    def outcome(self) -> str: ...

    @property
    def horizon_days(self) -> float | None: ...

    @property
    def version(self) -> str: ...

    @property
    def feature_version(self) -> str: ...

    @property
    def features(self) -> list[str]: ...

    @property
    def categories(self) -> list[str]: ...

    @property
    def is_ranked(self) -> bool: ...

    @property
    def evidence_level(self) -> str: ...

    @property
    def evidence_sentence(self) -> str: ...

    @property
    def outcomes_needed(self) -> int: ...

    @property
    def metrics(self) -> list[dict[str, str | float | None]]: ...

def open_model(path: str) -> OpenModel: ...

def score(model: OpenModel, table: object, *, stage: object, days_in_stage: object) -> Table: ...

def explain(model: OpenModel, table: object) -> tuple[float, Table, Table]: ...

class OpenFeatures:
    """Timelines with a plan of features. Immutable; threads may share it."""

    @property
    def funnel(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def features(self) -> list[str]: ...

def open_features(state: str, plan: str) -> OpenFeatures: ...

def features(state: OpenFeatures, points: object, *, threads: int) -> Table: ...
