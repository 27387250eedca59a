"""Rows of features as the peers' learners take them. `fit`: a mask of the rows that levels, means and scales come from."""
import numpy as np
import pandas as pd


def one_hot(rows, fit):
    parts = []
    for name in rows.columns:
        if rows[name].dtype != object:
            continue
        counts = rows.loc[fit, name].value_counts()
        frequent = counts[counts >= max(20, 0.005 * fit.sum())].index
        pooled = rows[name].where(rows[name].isin(frequent), "(other)")
        parts += [(pooled == level).astype(float).rename(f"{name}={level}") for level in sorted(set(frequent) | {"(other)"})]
    return pd.concat(parts, axis=1) if parts else pd.DataFrame(index=rows.index)


def linear_view(rows, fit):
    parts = [one_hot(rows, fit)]
    for name in rows.columns:
        if rows[name].dtype == object or not rows.loc[fit, name].notna().any():
            continue
        numbers = rows[name].astype(float)
        if numbers[fit].min() >= 0 and numbers[fit].skew() > 1:
            numbers = np.log1p(numbers.clip(lower=0))
        parts.append(((numbers - numbers[fit].mean()) / (numbers[fit].std() or 1)).fillna(0))
        if numbers[fit].isna().any():
            parts.append(numbers.isna().astype(float).rename(name + "?"))
    return pd.concat(parts, axis=1).to_numpy(float)


def tree_view(rows, fit):
    numbers = rows[[name for name in rows.columns if rows[name].dtype != object]].astype(float)
    return pd.concat([numbers, one_hot(rows, fit)], axis=1).to_numpy(np.float32)


def time_columns(time, known):
    """The rows' time held at the newest of the rows `known`: itself, then marks of eight periods with as many of those rows each."""
    before = np.minimum(time - time[known].max(), 0.0)
    times = np.sort(before[known])
    begins = []
    for period in range(1, 8):
        begin = times[len(times) * period // 8]
        if begin > (begins[-1] if begins else times[0]):
            begins.append(begin)
    deviation = before[known].std() or 1
    periods = np.searchsorted(begins, before, side="right")
    return np.column_stack([(before - before[known].mean()) / deviation] + [(periods == period).astype(float) for period in range(len(begins) + 1)])


def timed_views(rows, fit, older, time):
    """For each of linear, trees: the rows to choose on and those to fit on. Learners see the time of a row (`time`, or None), held at the
    newest row that they know: `older` while something is chosen on the newer part of `fit`, `fit` afterwards."""
    linear, trees = linear_view(rows, fit), tree_view(rows, fit)
    if time is None:
        return (linear, linear), (trees, trees)
    held = [time_columns(time, known) for known in (older, fit)]
    return tuple(np.hstack([linear, columns]) for columns in held), tuple(np.hstack([trees, columns[:, :1].astype(np.float32)]) for columns in held)
