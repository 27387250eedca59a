#!/usr/bin/env python3
"""weir ingest side by side with ClickHouse, DuckDB and Polars: rows of CSV and JSON lines to typed, deduplicated rows on disk.

    python bench/ingest/run.py --weir PROGRAM [--rows N] [--runs N] [--write] FOLDER

First what was stored is compared: rows, rejects, sums; then CPU seconds, wall seconds and peak memory, the best of --runs each. weir does
more than the others: a content hash and an identity per row, an event per row beside the record, provenance, sync to disk, hashes of all
files. `SQL mapping`: the event's type, condition, channel and amount are expressions that only the query engine can evaluate.
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import side_by_side  # noqa: E402

PLAIN = "{ name: touch, type: { from: kind }, occurred_at: occurred_at, channel: channel, amount: amount }"
MAPPED = ("{ name: touch, type: { from: \"'touch.' || lower(kind)\" }, when: 'score >= 0 AND length(lead) > 1', occurred_at: occurred_at, "
          "channel: \"coalesce(channel, 'none')\", amount: 'round(amount * 1.0, 2)' }")
STATE = "state"


def make_rows(folder, rows):
    if not (folder / "touches.jsonl").exists():
        subprocess.run([sys.executable, HERE / "rows.py", "--rows", str(rows), folder], check=True)


def make_workspace(folder, name, form, rule):
    place = folder / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    text = (HERE / "weir.yaml.in").read_text(encoding="utf-8").replace("FILE", f"../touches.{form}").replace("RULE", rule)
    (place / "weir.yaml").write_text(text, encoding="utf-8")
    shutil.copy(HERE / "touches.contract.yaml", place)
    return place


def stored_by_weir(state):
    """In a process of its own, so that nothing of it counts."""
    code = ("import duckdb, json, sys; parts, manifest = sys.argv[1:]; "
            "row = duckdb.connect().execute(f\"SELECT count(*), sum(score), round(sum(amount), 2) FROM read_parquet('{parts}')\").fetchall()[0]; "
            "rejected = sum(one['rejected'] for one in json.load(open(manifest))['body']['deliveries']); "
            "print(json.dumps({'stored': row[0], 'rejected': rejected, 'scores': int(row[1]), 'amounts': float(row[2])}))")
    command = [sys.executable, "-c", code, str(state / "parts" / "*-records-*.parquet"), str(state / "manifest.json")]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def measure_all(options, form):
    """{name: Measured}, {name: what it stored}; each run goes into an empty folder."""
    commands, fresh = {}, {}
    for name, rule in [("weir", PLAIN)] + ([("weir, SQL mapping", MAPPED)] if form == "csv" else []):
        workspace = make_workspace(options.folder, f"weir-{form}-{len(commands)}", form, rule)
        fresh[name] = workspace / STATE
        commands[name] = [options.weir, "ingest", "--workspace", workspace, "--state", fresh[name]]
    for title, name in (("ClickHouse", "clickhouse"), ("DuckDB", "duckdb"), ("Polars", "polars")):
        fresh[title] = options.folder / f"peer-{name}"
        commands[title] = [sys.executable, HERE / "contestants.py", name, form, options.folder / f"touches.{form}", fresh[title]]
    measured = side_by_side.in_turns(options.runs, commands, lambda name: shutil.rmtree(fresh[name], ignore_errors=True))
    answers = {}
    for name, folder in fresh.items():
        is_weir = name.startswith("weir")
        answers[name] = stored_by_weir(folder) if is_weir else json.loads(measured[name].output.strip().splitlines()[-1])
        shutil.rmtree(folder.parent if is_weir else folder)
    return measured, answers


def check(answers):
    """Ends the bench unless all have stored the same."""
    expected = answers["weir"]
    for name, answer in answers.items():
        same = all(answer[key] == expected[key] for key in ("stored", "rejected", "scores")) and abs(answer["amounts"] - expected["amounts"]) < 1
        if not same:
            sys.exit(f"{name} has stored something else than weir: {answer}, not {expected}")
    return expected


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weir", type=pathlib.Path, required=True)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--write", action="store_true", help="the tables into docs/benchmarks.md")
    parser.add_argument("folder", type=pathlib.Path)
    options = parser.parse_args()
    options.weir, options.folder = options.weir.resolve(), options.folder.resolve()
    options.folder.mkdir(parents=True, exist_ok=True)
    make_rows(options.folder, options.rows)
    sections = []
    for form, title in (("csv", "CSV"), ("jsonl", "JSON lines")):
        measured, answers = measure_all(options, form)
        stored = check(answers)
        size = (options.folder / f"touches.{form}").stat().st_size / 1e6
        sections.append(f"{title}, {options.rows:,} rows x 8 columns, {size:.0f} MB: all store {stored['stored']:,} rows and set "
                        f"{stored['rejected']:,} aside.\n\n{side_by_side.table(measured, 'weir')}")
        print(sections[-1], flush=True)
    if options.write:
        text = (f"## Ingest (`bench/ingest/run.py`)\n\n{side_by_side.machine()}. Best of {options.runs} runs each.\n\n" + "\n\n".join(sections) +
                "\n\nweir hashes each row's content and identity, stores an event beside each record, keeps provenance, syncs, and hashes its files;\n"
                "the others do none of that. `SQL mapping` is about expressions that only the query engine can evaluate.")
        side_by_side.write_section("ingest", text)


if __name__ == "__main__":
    main()
