#!/usr/bin/env python3
"""weir on funnels with known chances: `synthetic_judge.py FOLDER...`, made by synthetic_funnel.py; without folders it makes seeds 1 to 3.

For each origin a model is trained on what was known at that Monday and scores the leads open then and at the following Mondays (windows do not
overlap). `stable`: all horizons end before the market turns on day 520; `drift`: from 54 days after it on, so that the first model has seen
next to no label of the new times. `holidays`: the newest labels (stable) or the horizons judged (drift) hold Christmas; not in the goals.

Rows that are alive are judged against the chance to be lost within 30 days: the probability as it is (raw) and divided by the share of losses
that is written down in time (known: the generator's; estimated: as weir prints it). All open rows are judged against the chance that a loss
is written down within 30 days, which is what the model was asked (recorded). AUC and lift are about the losses that came true. Beside them
what the best calibration of this ranking would show on these rows, from the true chances themselves:

- floor: of the alive, for their losses; with a level known only as well as the calibration window tells (floor, level)
- limit of dividing: of all open rows, for what is written down, then divided by the share. A fifth of the open leads are lost already and
  nobody has written it down; weir cannot tell them from the others, so its probabilities are of a mixture.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from known_chances import calibration_error, floor_of_error, level_deviation, lift, recalibrated

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from side_by_side import machine, measure, write_section  # noqa: E402

NAME = "leads/lost/30d"
# Origin (day) -> window and number of Mondays judged.
ORIGINS = {378: ("holidays, stable", 4), 406: ("stable", 4), 434: ("stable", 4), 462: ("stable", 5),
           574: ("drift", 4), 602: ("drift", 4), 630: ("drift", 4), 658: ("drift", 4), 693: ("holidays, drift", 4)}
GOALS = {"stable": 0.015, "drift": 0.030}
SHOWN = ["rows", "true lost", "ours / share", "raw", "known share", "limit of dividing", "floor", "floor, level", "estimated", "recorded", "floor, recorded", "AUC", "AUC truth", "AUC silence",
         "lift", "lift truth", "train s"]


def read_truth(folder):
    """Chances of all judged days with what came of it, and what the generator says of itself."""
    truth = json.loads((folder / "truth/truth.json").read_text(encoding="utf-8"))
    chances = pd.read_csv(folder / "truth/chances.csv", parse_dates=["on"])
    subjects = pd.read_csv(folder / "truth/subjects.csv", parse_dates=["lost_on"])[["lead", "lost_on"]]
    rows = chances.merge(subjects, on="lead")
    end = rows.on + pd.Timedelta(days=truth["horizon_days"])
    rows["lost"] = (rows.lost_on >= rows.on) & (rows.lost_on < end)
    return truth, silence(folder, rows)


def silence(folder, rows):
    """With the days since the last touch, or since the beginning where there was none."""
    types = next(line for line in (folder / "weir.yaml").read_text(encoding="utf-8").splitlines() if line.startswith("touch:"))
    touches = pd.read_csv(folder / "exports/activities.csv", parse_dates=["occurred_at"])
    touches = touches[[kind in types for kind in touches.type]]
    begins = pd.read_csv(folder / "exports/leads.csv", parse_dates=["created_at"])[["lead", "created_at"]]
    seen = pd.concat([touches[["lead", "occurred_at"]], begins.rename(columns={"created_at": "occurred_at"})])
    seen["occurred_at"] = seen.occurred_at.dt.tz_localize(None).astype("datetime64[us]")
    rows = rows.assign(on=rows.on.astype("datetime64[us]")).sort_values("on", kind="stable")
    rows = pd.merge_asof(rows, seen.sort_values("occurred_at", kind="stable"), left_on="on", right_on="occurred_at", by="lead", allow_exact_matches=False)
    return rows.assign(silent_days=(rows.on - rows.occurred_at) / pd.Timedelta(days=1)).drop(columns="occurred_at")


def trained(program, folder, day, rows_file):
    """Version of the model of that day, its card, CPU seconds."""
    run = measure([program, "train", "-w", folder, "--name", NAME, "--until", day, "--rows", rows_file, "--json"])
    return json.loads(run.output)[0], run.cpu


def scored(program, folder, version, rows, scratch):
    """`rows` with our probability: of the model `version`, as was known at `on`."""
    points = scratch / "points.csv"
    rows[["lead", "on"]].rename(columns={"lead": "subject", "on": "as_of"}).to_csv(points, index=False, date_format="%Y-%m-%d")
    answer = measure([program, "score", "-w", folder, "--name", NAME, "--model", version, "--points", points, "--reasons", "0", "--json"]).output
    ours = pd.DataFrame(json.loads(answer)["subjects"])[["subject", "as_of", "probability"]].rename(columns={"subject": "lead", "as_of": "on"})
    ours["on"] = pd.to_datetime(ours.on).dt.tz_localize(None).astype("datetime64[us]")
    both = rows.merge(ours, on=["lead", "on"])
    if len(both) != len(rows):
        sys.exit(f"{folder}: {len(rows) - len(both)} of {len(rows)} leads that are open were not scored")
    return both


def judged(rows, share, estimated, deviation):
    alive = rows[rows.alive]
    open_p, written = rows.probability.to_numpy(float), rows.recorded_30d.to_numpy()
    best = (1 / (1 + np.exp(-recalibrated(open_p, written))))[rows.alive.to_numpy()]
    p, lost, came_true = alive.probability.to_numpy(float), alive.lost_30d.to_numpy(), alive.lost.to_numpy()
    return {"rows": len(alive), "true lost": lost.mean(), "ours / share": (p / share).mean(), "raw": calibration_error(p, lost),
            "known share": calibration_error(np.minimum(p / share, 1), lost), "estimated": calibration_error(np.minimum(p / estimated, 1), lost),
            "floor": floor_of_error(p, lost), "floor, level": floor_of_error(p, lost, deviation),
            "limit of dividing": calibration_error(np.minimum(best / share, 1), lost), "recorded": calibration_error(open_p, written),
            "floor, recorded": floor_of_error(open_p, written), "AUC": roc_auc_score(came_true, p),
            "AUC truth": roc_auc_score(came_true, lost), "AUC silence": roc_auc_score(came_true, alive.silent_days), "lift": lift(p, came_true),
            "lift truth": lift(lost, came_true)}


def judge(program, folder, origins):
    truth, chances = read_truth(folder)
    figures = []
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        for origin in origins:
            window, mondays = ORIGINS[origin]
            days = origin + 7 * np.arange(mondays)
            rows = chances[chances.day.isin(days)]
            model, cpu = trained(program, folder, rows.on.min().date(), scratch / "rows.parquet")
            learned = pd.read_parquet(scratch / "rows.parquet", columns=["subject", "outcome", "margin"]).dropna()
            deviation = level_deviation(learned.margin.to_numpy(), learned.outcome.to_numpy(float), learned.subject.to_numpy())
            kept = json.loads((folder / f".weir/models/{model['version']}.json").read_text(encoding="utf-8"))
            rows = scored(program, folder, model["version"], rows, scratch)
            row = {"window": window, "seed": truth["seed"], "day": origin}
            row |= judged(rows, truth["recorded_in_time"], kept["estimated_recorded_share"], deviation) | {"train s": cpu}
            figures.append(row)
            print(" ".join(f"{key} {value:.4f}" if isinstance(value, float) else f"{key} {value}" for key, value in row.items()), flush=True)
    return figures


def made(program, folder, seed):
    if not (folder / "weir.yaml").exists():
        measure([sys.executable, HERE / "synthetic_funnel.py", folder, "--seed", seed])
    if not (folder / ".weir").exists():
        measure([program, "ingest", "-w", folder])
    return folder


def tables(figures):
    """Markdown: a line per window, means over seeds and origins; and the corrected error of each origin."""
    def cell(column, value):
        return f"{value:,.0f}" if column == "rows" else f"{value:.1f}" if column == "train s" else f"{value:.2f}" if "lift" in column else f"{value:.4f}"
    lines = ["| window | " + " | ".join(SHOWN) + " |", "| --- " * (len(SHOWN) + 1) + "|"]
    means = figures.groupby("window", sort=False)[SHOWN].mean()
    lines += [f"| {window} | " + " | ".join(cell(column, row[column]) for column in SHOWN) + " |" for window, row in means.iterrows()]
    by_origin = figures.pivot(index="seed", columns="day", values="known share")
    lines += ["", "Corrected by the known share, per origin:", "", "| seed | " + " | ".join(f"day {day}" for day in by_origin) + " |",
              "| --- " * (len(by_origin.columns) + 1) + "|"]
    lines += [f"| {seed} | " + " | ".join(f"{value:.4f}" for value in row) + " |" for seed, row in by_origin.iterrows()]
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=pathlib.Path)
    parser.add_argument("--weir", default=HERE.parents[1] / "build/release/weir", type=pathlib.Path)
    parser.add_argument("--origins", default=",".join(map(str, ORIGINS)), help="days, with commas between")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    options = parser.parse_args()
    program, origins = options.weir.resolve(), [int(day) for day in options.origins.split(",")]
    with tempfile.TemporaryDirectory() as scratch:
        folders = options.folders or [made(program, pathlib.Path(scratch) / f"seed{seed}", seed) for seed in (1, 2, 3)]
        figures = pd.DataFrame([row for folder in folders for row in judge(program, made(program, folder, 1), origins)])
    text = tables(figures)
    print("\ngoals, known share: " + ", ".join(f"{window} {goal}" for window, goal in GOALS.items()) + "\n\n" + text)
    if options.write:
        write_section("synthetic", f"{machine()}; `bench/risk/synthetic_judge.py`.\n\n{text}")


if __name__ == "__main__":
    main()
