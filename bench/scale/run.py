#!/usr/bin/env python3
"""What an event costs as events grow: weir alone, from files to features, at several sizes.

For each size events are drawn (bench/events.py), taken in, and timelines built by a first question; then an ad-hoc funnel over steps
and point-in-time features of one label per twenty events are asked. Every command is a process of its own, measured by the kernel at its
end. The folder of a size is removed before the next one begins, unless --keep; a run that was stopped goes on where it was.
"""
import argparse
import dataclasses
import json
import os
import pathlib
import shutil
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).resolve().parent
for folder in (HERE.parent, HERE.parent / "features", HERE.parent / "funnel"):
    sys.path.insert(0, str(folder))
import events as company  # noqa: E402
import features  # noqa: E402
import side_by_side  # noqa: E402
from question import STEPS, WINDOW_DAYS  # noqa: E402

EVENTS_PER_LABEL = 20
LABELS_AT_ONCE = 1_000_000


def draw_labels(path, count, leads, seed=3):
    """Random leads at random times of the data's span, in no order; in blocks."""
    draw = np.random.Generator(np.random.PCG64(seed))
    schema = pa.schema([("subject", pa.string()), ("as_of", pa.timestamp("us"))])
    with pq.ParquetWriter(path, schema) as out:
        for begin in range(0, count, LABELS_AT_ONCE):
            block = min(LABELS_AT_ONCE, count - begin)
            lead = pa.array(draw.integers(0, leads, block)).cast(pa.string())
            at = company.BEGIN + draw.integers(0, company.SPAN_DAYS * company.DAY, block)
            out.write_table(pa.table([pa.compute.binary_join_element_wise("L", lead, ""), pa.array(at, pa.timestamp("us"))], schema=schema))


def bytes_in(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


class Steps:
    """Commands of one size, each measured once: what was measured stands in the folder, so that a run that was stopped goes on."""

    def __init__(self, folder):
        self.file = folder / "measured.json"
        kept = json.loads(self.file.read_text(encoding="utf-8")) if self.file.exists() else {}
        self.measured = {name: side_by_side.Measured(**run) for name, run in kept.items()}

    def run(self, name, command, runs=1):
        if name not in self.measured:
            self.measured[name] = side_by_side.best_of(runs, command)
            kept = {step: dataclasses.asdict(run) for step, run in self.measured.items()}
            self.file.write_text(json.dumps(kept), encoding="utf-8")
        return self.measured[name]


def run_size(weir, folder, count, runs):
    """{step: Measured} and {part: bytes} of one size."""
    workspace, data = folder / "workspace", folder / "data"
    workspace.mkdir(parents=True, exist_ok=True)
    data.mkdir(exist_ok=True)
    points, answer = folder / "labels.parquet", folder / "features.parquet"
    labels = count // EVENTS_PER_LABEL
    if not (workspace / "weir.yaml").exists():
        (workspace / "weir.yaml").write_text(features.workspace(data / "events-*.parquet"), encoding="utf-8")
    if not points.exists():
        draw_labels(points, labels, max(1, count // company.EVENTS_PER_LEAD))
    question = [weir, "funnel", "-w", workspace, "--steps", ",".join(STEPS), "--window", f"{WINDOW_DAYS}d", "--by", "campaign", "--json"]
    steps = Steps(folder)
    steps.run("drawing (Python)", [sys.executable, HERE.parent / "events.py", "--events", count, "--files", 1, data / "events-{}.parquet"])
    steps.run("ingest", [weir, "ingest", "-w", workspace])
    first = steps.run("first question", question)
    second = steps.run("funnel --steps", question, runs)
    steps.run("features", [weir, "features", "-w", workspace, "--points", points, "--out", answer])
    if json.loads(first.output) != json.loads(second.output):
        sys.exit("the first question and the second have different answers")
    if pq.read_metadata(answer).num_rows != labels:
        sys.exit(f"{pq.read_metadata(answer).num_rows} rows of features, not {labels}")
    state = workspace / ".weir"
    sizes = {"events' files": bytes_in(data), "parts": bytes_in(state / "parts"), "timelines": bytes_in(state / "timelines"),
             "features": answer.stat().st_size}
    return steps.measured, sizes


def tables(results):
    """Markdown: what each command took, then what it took per event, then bytes per event."""
    lines = ["| events | labels | command | CPU s | wall s | peak MB | CPU µs per event |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for count, (measured, _) in results.items():
        for name, run in measured.items():
            lines.append(f"| {count:,} | {count // EVENTS_PER_LABEL:,} | {name} | {run.cpu:.2f} | {run.wall:.2f} | {run.peak / 1e6:.0f} | "
                         f"{run.cpu / count * 1e6:.3f} |")
    parts = list(next(iter(results.values()))[1])
    lines += ["", f"| events | {' | '.join(f'{part}, bytes per event' for part in parts)} | all, GB |", "| --- " * (len(parts) + 2) + "|"]
    for count, (_, sizes) in results.items():
        each = " | ".join(f"{sizes[part] / count:.1f}" for part in parts)
        lines.append(f"| {count:,} | {each} | {sum(sizes.values()) / 1e9:.2f} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weir", default=str(HERE.parents[1] / "build/release/weir"))
    parser.add_argument("--events", default="1,5,20,100", help="sizes in millions, with commas")
    parser.add_argument("--runs", type=int, default=2, help="of the funnel")
    parser.add_argument("--keep", action="store_true", help="leave the folders of the sizes")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    parser.add_argument("folder", type=pathlib.Path, help="about 170 bytes per event of the greatest size must fit in")
    options = parser.parse_args()
    os.environ.setdefault("WEIR_KEY", "0" * 64)
    results = {}
    for millions in options.events.split(","):
        count = round(float(millions) * 1e6)
        folder = options.folder.resolve() / f"events-{count}"
        results[count] = run_size(options.weir, folder, count, options.runs)
        if not options.keep:
            shutil.rmtree(folder)
        print(tables(results), flush=True)
    text = f"""## From 1 to 100 million events (`bench/scale/run.py`)

{side_by_side.machine()}. One run each, of `funnel --steps` the best of {options.runs}; {len(features.FEATURES)} features of one label per {EVENTS_PER_LABEL} events. Events of
{company.EVENTS_PER_LEAD} per lead from Parquet files of two million rows each; `first question` builds the timelines.

{tables(results)}
"""
    if options.write:
        side_by_side.write_section("scale", text)


if __name__ == "__main__":
    main()
