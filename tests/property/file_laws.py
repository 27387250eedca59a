"""Laws of events straight from a file: what `weir funnel --events FILE` and `weir features --events FILE` say is what a workspace says that took
the same events in."""
import csv
import datetime
import json

import generator
from harness import check, check_same

TYPES = ("page.viewed", "form.sent", "email.replied", "deal.won", "call")
WORKSPACE = """\
weir: 1
workspace: files
sources:
  events:
    read: whole.csv
    key: id
    keys: {{ lead: who, campaign: channel, product: thing }}
    events:
{rules}
funnels:
  leads:
    subject: lead
    stages:
      - {{ name: seen, enter: type = 'page.viewed' }}
    won: {{ enter: type = 'nobody.won' }}
"""
BROKEN = ("who", "ts", "what")


def history(rng, ranks):
    """Rows in no order, with instants that come again, and rows that say nobody, no time or no type."""
    begin = datetime.datetime(2026, 1, 5)
    unit = rng.choice((datetime.timedelta(days=1), datetime.timedelta(hours=1), datetime.timedelta(seconds=1), datetime.timedelta(microseconds=7)))
    rows = []
    for number in range(rng.choice((5, 60, 400))):
        at = begin + rng.randrange(rng.choice((4, 40, 2000))) * unit
        rows.append({"id": f"e{number}", "who": f"{rng.choice(('L', 'a much longer name of a lead '))}{rng.randrange(12)}",
                     "ts": at.isoformat(timespec="microseconds") + rng.choice(("", "Z")) if rng.random() < 0.999 else "", "what": rng.choice(TYPES),
                     "channel": rng.choice(("", "mail", "a channel of some words")), "thing": rng.choice(("", "", "x", "y")),
                     "amount": rng.choice(("", f"{rng.randrange(100000) / 100:.2f}"))})
    rng.shuffle(rows)
    # Of one instant and rank, a file says the order by its rows and a workspace by event ids: a lead has one such event.
    rank = lambda row: ranks.index(row["what"]) if row["what"] in ranks else None
    whole = list({(row["who"], row["ts"].rstrip("Z"), rank(row)): row for row in rows if row["ts"]}.values())
    broken = [{**rng.choice(rows), name: ""} for name in BROKEN for _ in range(rng.randrange(3))]
    return whole, broken


def write(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def lay_down(folder, rng, ranks, sections=""):
    """whole.csv, of which the workspace reads; all.csv, also in two files, with rows that are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    whole, broken = history(rng, ranks)
    rules = [f"      - {{ type: {type}, occurred_at: ts, when: what = '{type}', rank: {ranks.index(type) + 1 if type in ranks else 0}, amount: amount }}"
             for type in TYPES]
    (folder / "weir.yaml").write_text(WORKSPACE.format(rules="\n".join(rules)) + sections, encoding="utf-8")
    write(folder / "whole.csv", whole)
    everything = list(whole)
    for row in broken:  # the first and the last row are whole: they tell the types of both files' columns
        everything.insert(rng.randrange(1, len(everything)) if len(everything) > 1 else 1, row)
    cut = rng.randrange(1, len(everything)) if len(whole) > 1 else len(everything)
    write(folder / "all.csv", everything)
    for name, part in (("part_1.csv", everything[:cut]), ("part_2.csv", everything[cut:])):
        if part:
            write(folder / name, part)
    return whole, len(broken)


def some_question(rng, present):
    steps = rng.sample(present, min(len(present), rng.randrange(1, 5)))
    if len(steps) > 1 and rng.random() < 0.2:
        steps.append(steps[0])
    order = rng.choice(("ordered", "ordered", "strict", "any")) if len(set(steps)) == len(steps) else "ordered"
    asked = ["--steps", ",".join(steps), "--order", order]
    if rng.random() < 0.7:
        asked += ["--window", rng.choice(("1d", "3h", "14d"))]
    if order != "any" and rng.random() < 0.3:
        asked += ["--window-per-step", "2d"]
    others = [type for type in present if type not in steps]
    if others and rng.random() < 0.3:
        asked += ["--exclude", rng.choice(others)]
    if order == "ordered" and len(steps) > 2 and len(set(steps)) == len(steps) and rng.random() < 0.4:
        asked += ["--optional", steps[1]]
    asked += rng.choice(([], ["--entry", "first"], ["--entry", "every"], ["--count", "attempts"]))
    if rng.random() < 0.3:
        asked += rng.choice((["--as-of", "2026-01-09"], ["--from", "2026-01-06", "--to", "2026-01-20"]))
    return steps, asked


# Properties as the workspace and as the file name them.
BREAKDOWNS = (([], []), (["--by", "campaign"], ["--by", "channel"]), (["--by", "campaign", "--attribution", "last"], ["--by", "channel", "--attribution", "last"]),
              (["--hold", "product"], ["--hold", "thing"]), (["--by", "campaign", "--hold", "product"], ["--by", "channel", "--hold", "thing"]),
              (["--by", "product", "--hold", "product"], ["--by", "thing", "--hold", "thing"]))


def plain(output):
    """Without what a file says beside, and with the workspace's names of properties."""
    answer = json.loads(output)
    for name in ("subject", "rows"):
        answer.pop(name, None)
    for there, here in (("channel", "campaign"), ("thing", "product")):
        if there in answer.get("by", {}):
            answer["by"] = {here: answer["by"][there]}
    return json.dumps(answer, indent=1).encode()


def law_file_funnel(weir, folder, rng):
    """A funnel over steps of a file is the one of a workspace that ranks the steps in their order."""
    for round in range(4):
        place = folder / str(round)
        steps, asked = some_question(rng, list(TYPES[:4]))
        ranked = list(dict.fromkeys(steps + [asked[i + 1] for i, word in enumerate(asked) if word == "--exclude"]))
        whole, broken = lay_down(place, rng, ranked)
        if not set(ranked) <= {row["what"] for row in whole}:
            continue
        weir.ingest(place)
        theirs, ours = rng.choice(BREAKDOWNS)
        expected = weir.expect(place, "funnel", *asked, *theirs, "--json")
        columns = ("--subject", "who", "--time", "ts", "--type", "what")
        for file in ("all.csv", "part_*.csv"):
            said = weir.expect(place, "funnel", "--events", str(place / file), *columns, *asked, *ours, "--json")
            check_same({"funnel": plain(expected)}, {"funnel": plain(said)}, f"a workspace (<) against --events {file} (>): {asked} {theirs}")
            rows = json.loads(said)["rows"]
            left_out = rows["without_subject"] + rows["without_time"] + rows["without_type"]
            check(file != "all.csv" or (rows["read"], left_out) == (len(whole) + broken, broken), f"rows: {rows}")
        step = f"{rng.randrange(len(steps)) + 1}:reached"
        expected = weir.expect(place, "funnel", *asked, "--list", step, "--json")
        said = weir.expect(place, "funnel", "--events", str(place / "all.csv"), *columns, *asked, "--list", step, "--json")
        check_same({"list": expected}, {"list": said}, f"lists of {step} of {asked}")


FEATURES = """\
features:
  - { count: [any, any_touch, page.viewed, deal.won], over: [1d, 7d, ever] }
  - { sum: amount, over: [7d, ever] }
  - { mean: amount }
  - { min: amount, over: 30d }
  - { max: amount }
  - { last: [amount, type] }
  - { distinct: [type, day], over: [7d, ever] }
  - { since: [any, any_touch, form.sent] }
  - { velocity: any, over: 7d }
  - { cadence: any }
  - { own_rate: any }
"""
# Those that the short way of the kernel answers.
SIMPLE = "".join(line + "\n" for line in FEATURES.splitlines() if not any(word in line for word in ("min:", "max:", "type]", "distinct", "velocity", "cadence", "own_rate")))


def law_file_features(weir, folder, rng):
    """Features of a file's events are those of a workspace that took them in."""
    for round, declared in enumerate((FEATURES, SIMPLE)):
        place = folder / str(round)
        whole, _ = lay_down(place, rng, [], declared)
        if not {"page.viewed", "deal.won", "form.sent"} <= {row["what"] for row in whole}:
            continue
        (place / "features.yaml").write_text(declared, encoding="utf-8")
        weir.ingest(place)
        moments = [datetime.datetime.fromisoformat(row["ts"].rstrip("Z")) for row in whole]
        with open(place / "points.csv", "w", encoding="utf-8") as out:
            out.write("subject,as_of\n")
            for _ in range(60):
                at = rng.choice(moments) + rng.choice((0, 0, 1, -1, 1000)) * rng.choice((datetime.timedelta(microseconds=1), datetime.timedelta(hours=7)))
                out.write(f"{rng.choice(whole)['who'] if rng.random() < 0.97 else 'nobody'},{generator.instant(at.replace(tzinfo=datetime.timezone.utc))}\n")
        asked = ("features", "--points", str(place / "points.csv"), "--json")
        expected = weir.run(place, *asked)
        columns = ("--events", str(place / "all.csv"), "--subject", "who", "--time", "ts", "--type", "what", "--amount", "amount")
        for source in ((), ("--declare", str(place / "features.yaml"))):
            said = weir.run(place, *asked, *columns, *source)
            check(expected.returncode == said.returncode == 0, f"exit codes {expected.returncode}, {said.returncode}:\n{said.stderr.decode()[-2000:]}")
            check_same({"features": expected.stdout}, {"features": said.stdout}, "a workspace (<) against --events (>)")


LAWS = {"file_funnel": law_file_funnel, "file_features": law_file_features}
