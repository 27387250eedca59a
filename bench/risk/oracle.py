#!/usr/bin/env python3
"""Our probabilities beside the true hazards of a demo company: `oracle.py WORKSPACE...`, workspaces that `weir demo` made.

For every open lead and deal that is alive, truth/truth.json says how likely it is to be lost within 30 days from its stage; one that
nobody wrote down as lost yet is lost already: its chance is 1. A model of recorded losses says too little over both; `recorded:`
corrects it. The share that is recorded in time is known here. The error is that of ten groups of equal size. Nothing of a workspace
is changed: the share is applied as weir does, p / share. Train both predictions first: weir train.
"""
import argparse
import datetime
import json
import pathlib
import subprocess

import numpy as np
import pandas as pd

HERE = pathlib.Path(__file__).resolve().parent
HORIZON = 30


def calibration_error(probability, truth, groups=10):
    order = np.argsort(probability, kind="stable")
    return sum(abs(probability[part].mean() - truth[part].mean()) * len(part) for part in np.array_split(order, groups)) / len(order)


def recorded_share(subjects, as_of):
    """P(recorded within the horizon | lost within it), a loss being as likely on each of its days, over losses that happened 120 days
    or more before the as-of; those that were never recorded count as not in time."""
    lost = subjects[subjects.lost_on.notna() & (pd.to_datetime(subjects.lost_on) < as_of - datetime.timedelta(days=120))]
    delay = (pd.to_datetime(lost.recorded_on) - pd.to_datetime(lost.lost_on)).dt.days
    return float(np.clip(1 - delay / HORIZON, 0, None).fillna(0).mean())


def judge(program, workspace, funnel):
    truth = json.loads((workspace / "truth" / "truth.json").read_text(encoding="utf-8"))
    subjects = pd.DataFrame(truth["subjects"], columns=truth["subject_columns"])
    as_of = datetime.datetime.fromisoformat(truth["as_of"])
    subjects = subjects[subjects.id.str.startswith("L-" if funnel == "leads" else "D-")]
    answer = subprocess.run([program, "score", "-w", workspace, "--name", f"{funnel}/lost/30d", "--json", "--reasons", "0"], capture_output=True, text=True,
                            check=False)
    if answer.returncode != 0:
        print(f"seed {truth['seed']} {funnel}: {answer.stderr.strip()}")
        return
    rows = pd.DataFrame(json.loads(answer.stdout)["subjects"])[["subject", "probability"]].rename(columns={"subject": "id"})
    rows = rows.merge(subjects[subjects.outcome == "open"], on="id")
    rows["alive"] = rows.lost_on.isna()
    rows["chance"] = rows.lost_within_30d_from_this_stage.astype(float).fillna(1.0)
    share = recorded_share(subjects, as_of)
    for name, part in [("all open", rows), ("alive", rows[rows.alive])]:
        p, true = part.probability.to_numpy(float), part.chance.to_numpy()
        print(f"seed {truth['seed']} {funnel}, {name}: {len(part)}; true mean {true.mean():.4f}, ours {p.mean():.4f}; recorded in time {share:.3f}; "
              f"calibration error {calibration_error(p, true):.4f}, corrected {calibration_error(np.minimum(p / share, 1), true):.4f}; "
              f"rank correlation {part.probability.corr(part.chance, method='spearman'):.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workspaces", nargs="+", type=pathlib.Path)
    parser.add_argument("--weir", default=HERE.parents[1] / "build/release/weir", type=pathlib.Path)
    options = parser.parse_args()
    for workspace in options.workspaces:
        for funnel in ("leads", "deals"):
            judge(options.weir.resolve(), workspace, funnel)


if __name__ == "__main__":
    main()
