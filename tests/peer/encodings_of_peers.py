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
