"""Feature rows from a workspace's timelines."""

import os
from dataclasses import dataclass

from . import kernels
from .protocols import ArrowData


@dataclass(frozen=True)
class FeatureState:
    """The timelines of a workspace with a plan of features. Immutable; threads may share it.

    ``features`` are the columns that `features` gives, ``version`` is the hash of all their definitions.
    """

    funnel: str
    version: str
    features: tuple[str, ...]
    _kernel: kernels.OpenFeatures


def open_features(state: str | os.PathLike[str], plan: str | os.PathLike[str]) -> FeatureState:
    """Open a workspace's state folder (``.weir``) with a plan that ``weir features --plan FILE`` wrote.

    Fails with ``state`` when records or definitions have changed since: then write the plan again.

    >>> import weir
    >>> opened = weir.open_features(example.folder / ".weir", example.plan)
    >>> opened.funnel, "reply_count_30d" in opened.features
    ('deals', True)
    """
    kernel = kernels.open_features(os.fspath(state), os.fspath(plan))
    return FeatureState(funnel=kernel.funnel, version=kernel.version, features=tuple(kernel.features), _kernel=kernel)


def features(state: FeatureState, points: ArrowData, *, threads: int = 1) -> kernels.Table:
    """Compute what was known about subjects at times: the same bits as ``weir features --points``.

    ``points`` has the columns ``subject`` (strings) and ``as_of`` (timestamps; without a zone they are UTC). Only
    what occurred and was known before ``as_of`` counts. Fails with ``not_found`` on a subject that is not there.

    Returns one row per point, in the same order: ``subject``, ``as_of`` (microseconds, UTC) and a column per feature,
    float64 or a dictionary of strings. The result does not depend on ``threads`` (1 to 64).

    >>> import pyarrow, weir
    >>> opened = weir.open_features(example.folder / ".weir", example.plan)
    >>> rows = pyarrow.table(weir.features(opened, example.table.select(["subject", "as_of"])))
    >>> rows["reply_count"].to_pylist() == example.table["reply_count"].to_pylist()
    True
    """
    return kernels.features(state._kernel, points, threads=threads)
