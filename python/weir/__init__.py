"""Scores, reasons and features of weir on Arrow tables.

Every function takes Arrow data from any library that exports it (pyarrow, polars, pandas ...) and gives a `Table`
that any of them reads in place: ``pyarrow.table(scores)``, ``polars.DataFrame(scores)``.
"""

from ._internals.errors import WeirError
from ._internals.feature_rows import FeatureState, features, open_features
from ._internals.kernels import Table
from ._internals.models import Evidence, Explanation, Model, explain, open_model, score
from ._internals.protocols import ArrowArrayExportable, ArrowData, ArrowStreamExportable

__all__ = [
    "ArrowArrayExportable",
    "ArrowData",
    "ArrowStreamExportable",
    "Evidence",
    "Explanation",
    "FeatureState",
    "Model",
    "Table",
    "WeirError",
    "explain",
    "features",
    "open_features",
    "open_model",
    "score",
]
