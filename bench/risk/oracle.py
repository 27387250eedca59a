#!/usr/bin/env python3
"""Our probabilities beside the true chances of a demo company: `oracle.py WORKSPACE...`, workspaces that `weir demo` made.

truth/truth.json says for every subject that nobody has closed, at the as-of and at every fourth Monday of the last half year, how likely it is
to be lost within 30 days in this stage or a later one, and how likely a loss is to be written down by then. weir learns from what was written
down. Two windows: `stable`, scores at 2026-04-06, whose 30 days end before the first planted leak begins; `drift`, scores at the as-of, after all leaks
began; each by a model trained on what was known then.

Three questions per window: raw against what will be written down (what the model was asked: all rows); raw, and raw / share recorded in time
(what `recorded:` does; the share is the generator's) against what is lost in truth (rows that are alive). Error: mean distance of ten groups of
equal size; beside it the floors, what the best calibration of this ranking would show on these rows (of the alive; of all for what is
written down; and the latter divided by the share: the limit of dividing). Where outcomes are known, also the AUC of the true chances on the
same rows, which nobody can beat. Nothing is changed in the workspace but that models are trained; today's must be the champion before.
"""
import argparse
import json
import pathlib
import subprocess
import sys

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from known_chances import calibration_error, floor_of_error, recalibrated

HERE = pathlib.Path(__file__).resolve().parent
STABLE = "2026-04-06"
HORIZON = pd.Timedelta(days=30)
GOALS = {"stable": 0.015, "drift": 0.030}


def weir(program, workspace, *words):
    done = subprocess.run([program, *words, "-w", workspace], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"weir {' '.join(map(str, words))}: {done.stderr.strip()}")
    return done.stdout


def read_truth(workspace):
    truth = json.loads((workspace / "truth" / "truth.json").read_text(encoding="utf-8"))
    chances = pd.DataFrame(truth["chances"], columns=truth["chance_columns"])
    chances["on"] = pd.to_datetime(chances.on)
    subjects = pd.DataFrame(truth["subjects"], columns=truth["subject_columns"])[["id", "lost_on", "recorded_on"]]
    rows = chances.merge(subjects, on="id")
    for column in ("lost_on", "recorded_on"):
        rows[column] = pd.to_datetime(rows[column])
    return truth, rows


def scored_rows(program, workspace, name, at=None):
    """id and probability, by a model of the day `at`, of the as-of without one."""
    day = [] if at is None else ["--until", at]
    trained = json.loads(weir(program, workspace, "train", "--name", name, "--json", *day))[0]
    if at is not None and trained["champion"]:
        sys.exit(f"{workspace}: the model of {at} became champion of {name}; train today's first: weir train")
    words = ["--model", trained["version"]] + ([] if at is None else ["--at", at])
    scored = json.loads(weir(program, workspace, "score", "--name", name, "--json", "--reasons", "0", *words))["subjects"]
    return pd.DataFrame(scored)[["subject", "probability"]].rename(columns={"subject": "id"})


def judge(rows, share):
    """Figures of one window; `rows` hold our probability beside the true chances."""
    alive = rows[rows.alive]
    open_p, written = rows.probability.to_numpy(float), rows.recorded_within_30d.to_numpy()
    best = (1 / (1 + np.exp(-recalibrated(open_p, written))))[rows.alive.to_numpy(bool)]
    p, lost = alive.probability.to_numpy(float), alive.lost_within_30d.to_numpy()
    figures = {"rows": len(rows), "alive": len(alive), "true recorded": written.mean(), "ours": open_p.mean(),
               "error recorded": calibration_error(open_p, written), "floor recorded": floor_of_error(open_p, written),
               "true lost": lost.mean(), "ours alive": p.mean(), "error raw": calibration_error(p, lost),
               "error corrected": calibration_error(np.minimum(p / share, 1), lost), "floor": floor_of_error(p, lost),
               "limit of dividing": calibration_error(np.minimum(best / share, 1), lost)}
    end = rows.on + HORIZON
    if (end <= rows.last_day).all():
        outcome = (rows.recorded_on < end).to_numpy()
        figures |= {"AUC": roc_auc_score(outcome, rows.probability), "AUC oracle": roc_auc_score(outcome, rows.recorded_within_30d)}
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspaces", nargs="+", type=pathlib.Path)
    parser.add_argument("--weir", default=HERE.parents[1] / "build/release/weir", type=pathlib.Path)
    options = parser.parse_args()
    program = options.weir.resolve()
    all_figures = []
    for workspace in options.workspaces:
        truth, chances = read_truth(workspace)
        chances["last_day"] = pd.Timestamp(truth["as_of"])
        for funnel in ("leads", "deals"):
            name = f"{funnel}/lost/30d"
            for window, at in (("drift", None), ("stable", STABLE)):
                rows = scored_rows(program, workspace, name, at).merge(chances[chances.on == (at or truth["as_of"])], on="id")
                figures = {"seed": truth["seed"], "funnel": funnel, "window": window} | judge(rows, truth["recorded_in_time"][funnel])
                all_figures.append(figures)
                print(" ".join(f"{key} {value:.4f}" if isinstance(value, float) else f"{key} {value}" for key, value in figures.items()), flush=True)
    table = pd.DataFrame(all_figures)
    means = table.drop(columns="seed").groupby(["funnel", "window"]).mean(numeric_only=True)
    print("\nmean over seeds, goals " + ", ".join(f"{window} {goal}" for window, goal in GOALS.items()) + "\n" + means.round(4).to_string())


if __name__ == "__main__":
    main()
