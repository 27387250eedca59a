#!/usr/bin/env python3
"""Compares our ensemble with scikit-learn and XGBoost on the same rows: the AUC of the mean of the log-odds.

The peers get the usual treatment: one-hot categories (levels under 20 rows or 0.5 % pooled), nulls as means plus indicators for the
logistic part, penalty and rounds chosen on the inner period, then a fit on all training rows. Where the order of the rows is the time,
all learners see it, held at the newest row that they know. Ours may be at most TOLERANCE worse on every table. Exit status 77: skipped, because a package is missing.
"""
import argparse
import csv
import gzip
import math
import os
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import pandas as pd
    import xgboost
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss, roc_auc_score

    from encodings_of_peers import timed_views
except ImportError as missing:
    print(f"skipped: {missing.name} is not installed (pip install numpy pandas scikit-learn xgboost)")
    sys.exit(77)

TOLERANCE = 0.002
PENALTIES = [1, 3, 10, 30, 100, 300, 1000]
IN_ORDER_OF_TIME = {"bank", "funnel"}


def split_in_order(rows, train=0.8, inner=0.2):
    """The last rows are the test, the newest of those before the inner period."""
    end = int(len(rows) * train)
    begin = int(end * (1 - inner))
    return ["train"] * begin + ["inner"] * (end - begin) + ["test"] * (len(rows) - end)


def bank(folder):
    """Bank marketing in the order of time, without the column that is known only after the call."""
    with gzip.open(folder / "uci_bank" / "bank_market.csv.gz", "rt") as file:
        rows = pd.read_csv(file)
    outcome = (rows["y"] == "yes").astype(int)
    rows = rows.drop(columns=["Cust_num", "duration", "y"])
    return rows, outcome, split_in_order(rows)


def telco(folder):
    rows = pd.read_csv(folder / "telco_churn" / "telco.csv")
    outcome = (rows["Churn"] == "Yes").astype(int)
    rows = rows.drop(columns=["customerID", "Churn"])
    rows["TotalCharges"] = pd.to_numeric(rows["TotalCharges"], errors="coerce")
    order = np.random.default_rng(1).permutation(len(rows))  # this table has no time
    return rows.iloc[order].reset_index(drop=True), outcome.iloc[order].reset_index(drop=True), split_in_order(rows)


def funnel(count=30000, seed=2):
    """Landmark rows as a funnel gives them: counts by window, days since, stage, nulls that mean something, and noise."""
    draw = np.random.default_rng(seed)
    engagement = draw.normal(size=count)
    drift = np.linspace(0, 1, count)
    rows = {"since": draw.exponential(12 * np.exp(-0.5 * engagement)), "stage": draw.choice(["mql", "sql", "demo", "offer"], count, p=[.4, .3, .2, .1])}
    for window in (7, 30, 90):
        rows[f"touches_{window}"] = draw.poisson(np.exp(0.6 * engagement) * window / 12)
        rows[f"replies_{window}"] = draw.poisson(np.exp(0.9 * engagement - 2) * window / 12)
    rows["reply_since"] = np.where(rows["replies_90"] > 0, draw.exponential(20 * np.exp(-0.3 * engagement)), np.nan)
    rows["amount"] = np.where(draw.random(count) < .3, np.nan, np.exp(draw.normal(9, 1.2, count)))
    rows["owner"] = draw.choice([f"owner{i}" for i in range(60)], count, p=np.arange(60, 0, -1) / np.arange(1, 61).sum())
    owner = pd.Series(rows["owner"]).map({f"owner{i}": v for i, v in enumerate(draw.normal(0, .3, 60))}).to_numpy()
    for i in range(20):
        rows[f"noise_{i}"] = draw.normal(size=count)
    rows = pd.DataFrame(rows)
    margin = -1.4 - 0.9 * engagement + owner + 0.4 * (rows["stage"] == "mql") + 0.3 * drift + 0.02 * np.minimum(rows["since"], 60) \
        + 0.5 * ((rows["since"] > 20) & (rows["replies_30"] == 0))
    outcome = pd.Series((draw.random(count) < 1 / (1 + np.exp(-margin))).astype(int))
    return rows, outcome, split_in_order(rows)


def write_table(path, rows, outcome, sets, time=None):
    header = ["set", "outcome"] + ([] if time is None else ["t:time"]) + [("c:" if rows[name].dtype == object else "n:") + name for name in rows.columns]
    columns = [[text if isinstance(text, str) else "" for text in rows[name]] if rows[name].dtype == object
               else ["" if math.isnan(value) else repr(float(value)) for value in rows[name].astype(float)] for name in rows.columns]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_NONE, escapechar=None)
        writer.writerow(header)
        writer.writerows(zip(sets, outcome, *([] if time is None else [time]), *columns))


def peer_logistic(views, y, before, inner, train):
    choosing, fitting = views

    def fit(x, penalty, mask):
        return LogisticRegression(C=1 / penalty, max_iter=3000, tol=1e-7).fit(x[mask], y[mask])
    best = min(PENALTIES, key=lambda penalty: log_loss(y[inner], fit(choosing, penalty, before).predict_proba(choosing[inner])[:, 1]))
    return fit(fitting, best, train).decision_function(fitting), best


def peer_trees(views, y, before, inner, train):
    x, fitting = views
    settings = {"objective": "binary:logistic", "max_depth": 3, "eta": 0.1, "tree_method": "hist", "min_child_weight": 5, "lambda": 1,
                "nthread": 1, "seed": 1, "eval_metric": "logloss", "verbosity": 0}
    inside = xgboost.train(settings, xgboost.DMatrix(x[before], y[before]), 250, evals=[(xgboost.DMatrix(x[inner], y[inner]), "inner")],
                           early_stopping_rounds=20, verbose_eval=False)
    rounds = inside.best_iteration + 1
    fitted = xgboost.train(settings, xgboost.DMatrix(fitting[train], y[train]), rounds)
    return fitted.predict(xgboost.DMatrix(fitting), output_margin=True), rounds


def compare(name, table, program, folder):
    rows, outcome, sets = table
    time = np.arange(len(rows), dtype=float) if name in IN_ORDER_OF_TIME else None
    for column in rows.columns:
        if not pd.api.types.is_numeric_dtype(rows[column]):
            rows[column] = rows[column].astype(object)
    y, sets = outcome.to_numpy(), np.array(sets)
    before, inner, test = (sets == kind for kind in ("train", "inner", "test"))
    train = before | inner
    source, scored = folder / f"{name}.csv", folder / f"{name}_scored.csv"
    write_table(source, rows, y, sets, time)
    done = subprocess.run([program, source, scored, "1"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(f"FAILED: {name}: {done.stderr.strip()}")
        return False
    ours = pd.read_csv(scored)
    linear_views, tree_views = timed_views(rows, train, before, time)
    linear, penalty = peer_logistic(linear_views, y, before, inner, train)
    trees, rounds = peer_trees(tree_views, y, before, inner, train)
    peers = {"mean": (linear + trees) / 2, "logistic": linear, "trees": trees}
    print(f"{name}: {train.sum()} training, {test.sum()} test rows, {y.mean():.3f} positive; ours: {done.stderr.strip()}; "
          f"peers: penalty {penalty}, {rounds} rounds")
    fine = True
    for part, scores in peers.items():
        auc, peer = roc_auc_score(y[test], ours[part]), roc_auc_score(y[test], scores[test])
        loss, peer_loss = (log_loss(y[test], 1 / (1 + np.exp(-s))) for s in (ours[part], scores[test]))
        print(f"  {part:9} AUC {auc:.4f}, peers {peer:.4f} ({auc - peer:+.4f}); log-loss {loss:.4f}, peers {peer_loss:.4f}")
        fine &= part != "mean" or auc >= peer - TOLERANCE
    if not fine:
        print(f"FAILED: {name}: our mean of log-odds is more than {TOLERANCE} below the peers'")
    return fine


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", help="learn_ensemble")
    program = parser.parse_args().program
    tables = {"funnel": funnel()}
    if os.environ.get("WEIR_DATA"):
        data = pathlib.Path(os.environ["WEIR_DATA"])
        tables |= {"bank": bank(data), "telco": telco(data)}
    else:
        print("without real data: WEIR_DATA is not set")
    with tempfile.TemporaryDirectory() as folder:
        results = [compare(name, table, program, pathlib.Path(folder)) for name, table in tables.items()]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
