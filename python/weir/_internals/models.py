"""Models: reading one, scoring with it, explaining what it says."""

import os
from dataclasses import dataclass

from . import kernels
from .protocols import ArrowData


@dataclass(frozen=True)
class Evidence:
    """Whether there were enough outcomes to rank.

    ``level``: ``none``, ``baseline_only``, ``no_signal`` or ``model``; ``is_enough`` holds for ``model`` alone.
    ``outcomes_needed`` counts outcomes of the rarer kind.
    """

    level: str
    sentence: str
    outcomes_needed: int
    is_enough: bool


@dataclass(frozen=True)
class Model:
    """A trained model, as ``weir train`` wrote it. Immutable; threads may share it.

    ``horizon_days`` is None where the outcome has no time limit. ``features`` are the columns that a table must have,
    in the order of contributions; those of ``categories`` hold strings, the others numbers. Both are empty without
    enough evidence for more than the baseline. ``metrics``: how each ranking did on rows it had not seen, the chosen
    one first; shares in [0, 1], None where it could not be measured.
    """

    name: str
    funnel: str
    outcome: str
    horizon_days: float | None
    version: str
    feature_version: str
    features: tuple[str, ...]
    categories: tuple[str, ...]
    evidence: Evidence
    metrics: tuple[dict[str, str | float | None], ...]
    _kernel: kernels.OpenModel


@dataclass(frozen=True)
class Explanation:
    """Why the margins (log-odds before calibration) are what they are.

    Per row: margin = ``bias`` + the sum over ``by_feature``, up to 1e-9 of rounding; likewise over ``by_group``.
    ``by_feature`` has one float64 column per feature of the model, ``by_group`` one per business group.
    """

    bias: float
    by_feature: kernels.Table
    by_group: kernels.Table


def open_model(path: str | os.PathLike[str]) -> Model:
    """Read a model from ``.weir/models/<version>.json`` of a workspace.

    Fails with ``damaged`` when the file is named by a version that its bytes do not have.

    >>> import weir
    >>> model = weir.open_model(example.model)
    >>> model.name, model.outcome, model.horizon_days
    ('deals/lost/30d', 'lost', 30.0)
    """
    kernel = kernels.open_model(os.fspath(path))
    evidence = Evidence(
        level=kernel.evidence_level,
        sentence=kernel.evidence_sentence,
        outcomes_needed=kernel.outcomes_needed,
        is_enough=kernel.is_ranked,
    )
    return Model(
        name=kernel.name,
        funnel=kernel.funnel,
        outcome=kernel.outcome,
        horizon_days=kernel.horizon_days,
        version=kernel.version,
        feature_version=kernel.feature_version,
        features=tuple(kernel.features),
        categories=tuple(kernel.categories),
        evidence=evidence,
        metrics=tuple(kernel.metrics),
        _kernel=kernel,
    )


def score(
    model: Model,
    table: ArrowData,
    *,
    stage: str | ArrowData = "stage_name",
    days_in_stage: str | ArrowData = "stage_age",
) -> kernels.Table:
    """Score each row of ``table``: the same bits as ``weir score``.

    ``table`` has the columns ``model.features``: floats, integers or booleans, and strings (plain or from a
    dictionary) for ``model.categories``. Null and NaN are both null; other columns are not looked at. ``stage`` and
    ``days_in_stage`` say where each row stands: the name of a column, or an Arrow column of their own. Null stands
    for no stage and for 0 days.

    Returns one row per row, in the same order: ``probability``, ``low`` and ``high`` (float64 in [0, 1], low <=
    probability <= high), ``rating`` (int32, 1 to 99, null from the baseline) and ``fallback`` (true where the
    baseline answered).

    >>> import weir
    >>> scores = weir.score(weir.open_model(example.model), example.table)
    >>> scores.column_names
    ['probability', 'low', 'high', 'rating', 'fallback']
    >>> len(scores) == len(example.table)
    True
    """
    return kernels.score(model._kernel, table, stage=stage, days_in_stage=days_in_stage)


def explain(model: Model, table: ArrowData) -> Explanation:
    """Say what each feature adds to the log-odds of each row.

    ``table`` is as for `score`. Fails with ``state`` when the model is a baseline only.

    >>> import weir
    >>> model = weir.open_model(example.model)
    >>> explanation = weir.explain(model, example.table)
    >>> explanation.by_feature.column_names == list(model.features)
    True
    """
    bias, by_feature, by_group = kernels.explain(model._kernel, table)
    return Explanation(bias=bias, by_feature=by_feature, by_group=by_group)
