#!/usr/bin/env python3
"""Our learners beside scikit-learn, XGBoost and LightGBM on the same rows, periods and features.

`weir train --rows` writes the landmark rows of each prediction with the period each row belongs to. Every learner is fitted on the
rows of `fit` (penalty and rounds are chosen on their newest fifth), calibrated on `calibration` and judged on `holdout`. Features that
weir's guard left out are left out for all. See README.md. Needs WEIR_DATA for everything but the demo.
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

import lightgbm
import numpy as np
import pandas as pd
import xgboost
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "peer"))
import compare_learners  # noqa: E402
from encodings_of_peers import timed_views  # noqa: E402
EXAMPLES = {"olist": "olist", "maven": "maven_crm", "loans": "bpic17_sample", "sepsis": "sepsis"}
PENALTIES = [1, 3, 10, 30, 100, 300, 1000]  # as in tests/peer/compare_learners.py
MEAN_OF_LOGITS = "mean of logits (logistic, XGBoost)"
PEER_ROWS = 60_000  # of the fit period, drawn; a larger one would only cost time
TOLERANCE = 0.002
COLUMNS = ["learner", "AUC", "AP", "Brier", "ECE", "CPU s"]
BEGIN, END = "<!-- risk: begin -->", "<!-- risk: end -->"


def cpu_seconds(who=resource.RUSAGE_SELF):
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


class Weir:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def run(self, *words):
        begin = cpu_seconds(resource.RUSAGE_CHILDREN)
        done = subprocess.run([self.program, *words], cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"weir {' '.join(words)}: {done.stderr.strip()}")
        return done.stdout, cpu_seconds(resource.RUSAGE_CHILDREN) - begin


# ---- Metrics, the same for all.

def calibration_error(probability, outcome, groups=10):
    """Mean distance of predicted and observed in ten groups of equal size."""
    order = np.argsort(probability, kind="stable")
    return sum(abs(probability[part].mean() - outcome[part].mean()) * len(part) for part in np.array_split(order, groups) if len(part)) / len(order)


def judged(name, margin, outcome, probability=None, cpu=None):
    row = {"learner": name, "AUC": roc_auc_score(outcome, margin), "AP": average_precision_score(outcome, margin), "CPU s": cpu}
    if probability is not None:
        row |= {"Brier": brier_score_loss(outcome, probability), "ECE": calibration_error(probability, outcome)}
    return row


# ---- Peers.

def ridge(views, y, older, newer, fit, last):
    choosing, fitting = views

    def learn(x, penalty, mask):
        return LogisticRegression(C=1 / penalty, solver="newton-cholesky", max_iter=100, tol=1e-6).fit(x[mask], y[mask])
    best = min(PENALTIES, key=lambda penalty: log_loss(y[newer], learn(choosing, penalty, older).predict_proba(choosing[newer])[:, 1], labels=[0, 1]))
    return learn(fitting, best, fit).decision_function(fitting[last])


def xgboost_trees(views, y, older, newer, fit, last):
    x, fitting = views
    settings = {"objective": "binary:logistic", "max_depth": 3, "eta": 0.1, "tree_method": "hist", "min_child_weight": 5, "nthread": 1, "seed": 1,
                "eval_metric": "logloss", "verbosity": 0}
    inside = xgboost.train(settings, xgboost.DMatrix(x[older], y[older]), 250, evals=[(xgboost.DMatrix(x[newer], y[newer]), "newer")],
                           early_stopping_rounds=20, verbose_eval=False)
    fitted = xgboost.train(settings, xgboost.DMatrix(fitting[fit], y[fit]), inside.best_iteration + 1)
    return fitted.predict(xgboost.DMatrix(fitting[last]), output_margin=True)


def lightgbm_trees(views, y, older, newer, fit, last):
    x, fitting = views
    settings = {"objective": "binary", "num_leaves": 8, "max_depth": 3, "learning_rate": 0.1, "min_data_in_leaf": 20, "num_threads": 1, "seed": 1,
                "metric": "binary_logloss", "verbosity": -1, "deterministic": True, "force_row_wise": True}
    inside = lightgbm.train(settings, lightgbm.Dataset(x[older], y[older]), 250, valid_sets=[lightgbm.Dataset(x[newer], y[newer])],
                            callbacks=[lightgbm.early_stopping(20, verbose=False)])
    return lightgbm.train(settings, lightgbm.Dataset(fitting[fit], y[fit]), inside.best_iteration).predict(fitting[last], raw_score=True)


def peers(rows, features):
    """Each peer's row of the table. `rows` in the order of time."""
    y = rows.outcome.to_numpy()
    fit = (rows.period == "fit").to_numpy()
    if fit.sum() > PEER_ROWS:
        keep = np.zeros(len(rows), bool)
        keep[np.random.default_rng(1).choice(np.flatnonzero(fit), PEER_ROWS, replace=False)] = True
        fit = fit & keep
    begin = rows.as_of[fit].iloc[int(fit.sum() * 0.8)]
    older, newer = fit & (rows.as_of < begin).to_numpy(), fit & (rows.as_of >= begin).to_numpy()
    calibration, holdout = ((rows.period == period).to_numpy() for period in ("calibration", "holdout"))
    last = np.flatnonzero(calibration | holdout)
    is_holdout = holdout[last]
    margins, cpu, results = {}, {}, []
    began = cpu_seconds()
    linear, trees = timed_views(features, fit, older, None)
    encoding = cpu_seconds() - began
    for name, learn, x in [("scikit-learn ridge logistic", ridge, linear), ("XGBoost", xgboost_trees, trees), ("LightGBM", lightgbm_trees, trees)]:
        began = cpu_seconds()
        margins[name] = learn(x, y, older, newer, fit, last)
        cpu[name] = cpu_seconds() - began + encoding
    names = list(margins)
    margins[MEAN_OF_LOGITS], cpu[MEAN_OF_LOGITS] = (margins[names[0]] + margins[names[1]]) / 2, cpu[names[0]] + cpu[names[1]] - encoding
    for name, margin in margins.items():
        # Platt on the calibration period: two numbers.
        platt = LogisticRegression(C=1e6).fit(margin[~is_holdout, None], y[last][~is_holdout])
        results.append(judged(name, margin[is_holdout], y[holdout], platt.predict_proba(margin[is_holdout, None])[:, 1], cpu[name]))
    return results


def ours(card, cpu):
    """weir's rows, from the card of its model: what `weir evaluate` shows."""
    names = {"logistic": "weir logistic", "ensemble": "weir ensemble", "stage rate": "weir stage rate", "days since last touch": "days since last touch"}
    results = []
    for ranking in card["holdout"]["rankings"]:
        name = names[ranking["ranking"]] + (", chosen" if ranking["ranking"] == card["chosen"] else "")
        results.append({"learner": name, "AUC": ranking["auc"], "AP": ranking["average_precision"], "Brier": ranking["brier"],
                        "ECE": ranking["calibration_error"], "CPU s": cpu if ranking["ranking"] == "ensemble" else None})
    return results


def per_prefix(rows):
    """AUC at each number of events of a case, weighted by cases (Teinemaa et al. 2019, arXiv 1707.06766): prefixes up to the 90 %
    quantile of the positive cases' length, 40 at most. Margins are those of the model learned from all cases that began before the
    holdout. Returns also the longest prefix."""
    counts = [name for name in rows if re.fullmatch(r"f_.*_count", name) and name not in ("f_any_touch_count", "f_released_count")]
    rows = rows.assign(length=rows[counts].sum(axis=1)).sort_values(["subject", "as_of"])
    cases = rows.groupby("subject").agg(length=("length", "max"), outcome=("outcome", "max"))
    longest = min(40, int(np.ceil(cases.length[cases.outcome == 1].quantile(0.9))))
    holdout = rows[rows.period == "holdout"]
    weighted = weight = 0
    for length in range(1, longest + 1):
        prefixes = holdout[holdout.length <= length].groupby("subject").tail(1)
        prefixes = prefixes[prefixes.subject.isin(cases.index[cases.length >= length])]
        if prefixes.outcome.nunique() == 2:
            weighted += len(prefixes) * roc_auc_score(prefixes.outcome, prefixes.margin)
            weight += len(prefixes)
    return weighted / weight, longest


# ---- Data sets.

def predictions(weir):
    """Names of what the workspace predicts: its answer to a name that there is not."""
    answer = subprocess.run([weir.program, "train", "--name", "?"], cwd=weir.folder, capture_output=True, text=True, check=False).stderr
    return re.search(r"there are: ([^;\n]*)", answer).group(1).split(", ")


def compare(title, weir, name):
    """The section on one prediction, and the rows of its table."""
    file = weir.folder / "rows.parquet"
    trained, cpu = weir.run("train", "--name", name, "--rows", str(file), "--json")
    card = json.loads(trained)[0]["card"]
    head = f"### {title}: {name}\n\n{card['rows']:,} landmarks of {card['subjects']:,} subjects, {card['outcomes']:,} with the outcome"
    if not card["holdout"]["rankings"]:
        return f"{head}; too few outcomes for a model.\n", []
    rows = pd.read_parquet(file).sort_values(["as_of", "subject"], kind="stable").reset_index(drop=True)
    features = rows[[column for column in rows if column.startswith("f_") and column[2:] not in card["left_out"]]].copy()
    for column in features:
        if not pd.api.types.is_numeric_dtype(features[column]):
            features[column] = features[column].astype(object).where(features[column].notna(), None)
    results = ours(card, cpu) + peers(rows, features)
    text = f"{head}; judged on {card['holdout']['rows']:,}, {card['holdout']['outcomes']:,} with it."
    if card["left_out"]:
        text += f" Left out by the guard: {', '.join(card['left_out'])}."
    ahead = auc_ahead(results)
    text += f" weir's ensemble against the mean of logits: {ahead:+.4f} AUC ({'within' if ahead >= -TOLERANCE else 'NOT within'} {TOLERANCE}).\n\n"
    text += table_of(results)
    if title == "sepsis":
        for only in ("logistic", "ensemble"):
            weir.run("train", "--name", name, "--only", only, "--rows", str(file))
            auc, longest = per_prefix(pd.read_parquet(file))
            text += f"\nBy the published protocol (prefixes 1 to {longest}, weighted by cases), weir {only}: AUC {auc:.4f}.\n"
    return text, results


def auc_ahead(results):
    """How far weir's ensemble is ahead of the mean of logits."""
    auc = {row["learner"].replace(", chosen", ""): row["AUC"] for row in results}
    return auc["weir ensemble"] - auc[MEAN_OF_LOGITS]


def table_of(results):
    def cell(value, column):
        if value is None or (isinstance(value, float) and np.isnan(value)):
            return "-"
        return value if isinstance(value, str) else f"{value:.1f}" if column == "CPU s" else f"{value:.4f}"
    lines = ["| " + " | ".join(COLUMNS) + " |", "| --- " * len(COLUMNS) + "|"]
    lines += ["| " + " | ".join(cell(row.get(column), column) for column in COLUMNS) + " |" for row in results]
    return "\n".join(lines) + "\n"


def example(title, program, scratch, data):
    folder = scratch / title
    shutil.copytree(ROOT / "examples" / ("maven-crm" if title == "maven" else title), folder)
    (folder / "data").symlink_to(data / EXAMPLES[title])
    weir = Weir(program, folder)
    weir.run("ingest")
    return "\n".join(compare(title, weir, name)[0] for name in predictions(weir))


def demo(program, scratch, seeds):
    """The tables of the first seed; then means over all seeds."""
    results, ahead, text = {}, {}, ""
    for seed in seeds:
        folder = scratch / f"demo{seed}"
        Weir(program, scratch).run("demo", "--seed", str(seed), "--no-serve", "--workspace", str(folder))
        weir = Weir(program, folder)
        for name in predictions(weir):
            section, rows = compare("demo" if len(seeds) == 1 else f"demo, seed {seed}", weir, name)
            text += section + "\n" if seed == seeds[0] else ""
            ahead.setdefault(name, []).append(auc_ahead(rows))
            for row in rows:
                results.setdefault((name, row["learner"].replace(", chosen", "")), []).append(row)
        shutil.rmtree(folder)
        print(f"demo: seed {seed} done, ahead of the mean of logits: {', '.join(f'{name} {by[-1]:+.4f}' for name, by in ahead.items())}",
              file=sys.stderr, flush=True)
    return text if len(seeds) == 1 else text + spread(results, ahead, seeds)


def spread(results, ahead, seeds):
    def cell(values):
        values = np.array([value for value in values if value is not None], float)
        return f"{values.mean():.4f} ({values.min():.4f} to {values.max():.4f})" if len(values) == len(seeds) else "-"
    lines = [f"\n### demo: seeds {', '.join(map(str, seeds))}\n\nMean over the seeds, with the least and the largest.\n",
             "| prediction | learner | AUC | Brier | ECE |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| {name} | {learner} | " + " | ".join(cell([row.get(column) for row in rows]) for column in ("AUC", "Brier", "ECE")) + " |"
              for (name, learner), rows in results.items()]
    lines += [""] + [f"{name}: weir's ensemble is {np.mean(by):+.4f} AUC ({min(by):+.4f} to {max(by):+.4f}) from the mean of logits." for name, by in ahead.items()]
    return "\n".join(lines) + "\n"


def matrix(title, head, table, learner, scratch, timed):
    """A matrix without timelines: `table` is rows, outcome and the set of each row, in order of time where `timed`."""
    rows, outcome, sets = table
    for column in rows.columns:
        if not pd.api.types.is_numeric_dtype(rows[column]):
            rows[column] = rows[column].astype(object)
    time_of_rows = np.arange(len(rows), dtype=float) if timed else None
    source, target = scratch / f"{title}.csv", scratch / f"{title}_scored.csv"
    compare_learners.write_table(source, rows, outcome.to_numpy(), sets, time_of_rows)
    begin = cpu_seconds(resource.RUSAGE_CHILDREN)
    subprocess.run([learner, source, target, "1"], check=True, capture_output=True)
    cpu = cpu_seconds(resource.RUSAGE_CHILDREN) - begin
    scored = pd.read_csv(target)
    y, sets = outcome.to_numpy(), np.array(sets)
    test = sets == "test"
    names = {"logistic": "weir logistic", "trees": "weir trees", "mean": "weir ensemble"}
    results = [judged(names[part], scored[part].to_numpy(), y[test], cpu=cpu if part == "mean" else None) for part in names]
    masks = [sets == "train", sets == "inner", sets != "test", np.flatnonzero(test)]
    linear, trees = timed_views(rows, masks[2], masks[0], time_of_rows)
    margins = {}
    for name, learn, x in [("scikit-learn ridge logistic", ridge, linear), ("XGBoost", xgboost_trees, trees), ("LightGBM", lightgbm_trees, trees)]:
        begin = cpu_seconds()
        margins[name] = learn(x, y, *masks)
        results.append(judged(name, margins[name], y[test], cpu=cpu_seconds() - begin))
    first, second = list(margins)[:2]
    results.append(judged(MEAN_OF_LOGITS, (margins[first] + margins[second]) / 2, y[test]))
    return (f"### {title}: {head}\n\n{(sets != 'test').sum():,} rows learned from, {test.sum():,} judged, {y[test].mean():.1%} of them yes. weir's ensemble "
            f"against the mean of logits: {results[2]['AUC'] - results[-1]['AUC']:+.4f} AUC.\n\n" + table_of(results))


def bank(learner, scratch, data):
    """Calls of a bank's campaign. The order of the rows is the time; `duration` is known only afterwards."""
    calls = compare_learners.bank(data)
    return matrix("bank", f"the last 20 % of {len(calls[0]):,} calls, without `duration`", calls, learner, scratch, timed=True)


def churn(learner, scratch, data):
    """Subscriptions, one row each and no time. The example of the same name has a timeline of each, which ends with the churn."""
    return matrix("churn", "telco subscriptions, random order", compare_learners.telco(data), learner, scratch, timed=False)


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8") if line.startswith("model name")), platform.machine())
    return f"{os.cpu_count()} cores of {model}"


def write_document(text):
    path = ROOT / "docs" / "benchmarks.md"
    document = path.read_text(encoding="utf-8")
    section = f"{BEGIN}\n{text.strip()}\n{END}"
    if BEGIN in document:
        document = document[: document.index(BEGIN)] + section + document[document.index(END) + len(END):]
    else:
        document = document.rstrip() + "\n\n## Risk\n\n" + section + "\n"
    path.write_text(document, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="demo,olist,maven,loans,sepsis,bank,churn", help="which sets, with commas between")
    parser.add_argument("--weir", default=ROOT / "build/release/weir", type=pathlib.Path)
    parser.add_argument("--learner", default=ROOT / "build/release/learn_ensemble", type=pathlib.Path, help="for bank and churn: learn_ensemble")
    parser.add_argument("--seeds", default="1", help="of demos, with commas between")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    options = parser.parse_args()
    names = options.data.split(",")
    if os.environ.get("WEIR_DATA") is None and set(names) != {"demo"}:
        sys.exit("WEIR_DATA must name the folder of the data sets; without it: --data demo")
    data = pathlib.Path(os.environ.get("WEIR_DATA", "."))
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    parts = [f"{machine()}, commit {commit}, {datetime.date.today()}; `bench/risk/run.py`. Fitted on the oldest landmarks, calibrated on the next, judged on the "
             "newest; CPU seconds of weir: the whole `weir train` (features, both learners fitted for the evaluation and once more), of peers: encoding and learning.\n"]
    with tempfile.TemporaryDirectory() as scratch:
        for name in names:
            begin = time.monotonic()
            folder = pathlib.Path(scratch)
            program = str(options.weir.resolve())
            if name == "demo":
                text = demo(program, folder, [int(seed) for seed in options.seeds.split(",")])
            elif name in ("bank", "churn"):
                text = (bank if name == "bank" else churn)(str(options.learner.resolve()), folder, data)
            elif name in EXAMPLES:
                text = example(name, program, folder, data)
            else:
                sys.exit(f"no data set is named '{name}'; there are: demo, bank, churn, {', '.join(EXAMPLES)}")
            print(text, flush=True)
            print(f"{name}: {time.monotonic() - begin:.0f} s", file=sys.stderr)
            parts.append(text)
    if options.write:
        write_document("\n".join(parts))


if __name__ == "__main__":
    main()
