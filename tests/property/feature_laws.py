"""Laws of features: they are those of the log cut at their time, and a row depends on its own point alone."""
import csv
import datetime
import json

import generator
import workspaces
from harness import check

SECTIONS = """\
calendar: {{ weekend: [{weekend}] }}
signals:
  reply: type = 'email.replied'
  worth: {{ when: amount IS NOT NULL, value: amount }}
features:
  - {{ count: [any, any_touch, reply, deal.stage, lead.stage], over: [3d, 30d, ever] }}
  - {{ count: [any_touch, any], over: [7d], scope: own }}
  - {{ count: [any_touch, any], over: [7d], scope: account }}
  - {{ sum: worth, over: [30d, ever] }}
  - {{ mean: [worth, amount] }}
  - {{ min: worth }}
  - {{ max: worth, over: 60d }}
  - {{ last: [worth, amount, type] }}
  - {{ distinct: [contact, owner, account, product, type, day], over: [30d, ever] }}
  - {{ since: [any, any_touch, reply] }}
  - {{ velocity: [any_touch, any], over: [5d, 14d] }}
  - {{ cadence: [any_touch, any] }}
  - {{ cadence: any, over: 45d, scope: own }}
  - {{ own_rate: [any_touch, any] }}
  - {{ reply_time: [ours, theirs], over: [30d, ever] }}
  - {{ waiting: [ours, theirs] }}
  - {{ stage: [name, age, moves, back_moves, touches] }}
  - {{ owner: changes }}
  - {{ next_step: [missing, due, overdue] }}
  - {{ objections: open }}
  - {{ context: [account_open, account_touches, owner_open, calendar_factor, alive] }}
  - {{ attribute: [account.sector, owner.region, lead.origin, account, owner, product] }}
"""
COLUMNS_AT_LEAST = 70


def declare(folder, weekend):
    path = folder / "weir.yaml"
    path.write_text(path.read_text() + SECTIONS.format(weekend=weekend))


def ask(weir, folder, name, funnel, points):
    """Rows by (subject, as_of), as the program wrote them, with the versions that made them."""
    path = folder / f"{name}.csv"
    with open(path, "w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["subject", "as_of"])
        writer.writerows(points)
    done = weir.run(folder, "features", "--funnel", funnel, "--points", str(path), "--versions", "--json")
    check(done.returncode in (0, 1) and done.stdout.strip(), f"weir features --points {path}: exit code {done.returncode}\n{done.stderr.decode()[-2000:]}")
    rows = json.loads(done.stdout)
    check(all(len(row) >= COLUMNS_AT_LEAST for row in rows), "columns are missing")
    return {(row["subject"], row["as_of"]): row for row in rows}


def check_rows(expected, actual, what):
    for point, row in expected.items():
        check(point in actual, f"{what}: no row for {point}")
        wrong = [f"{name}: {row[name]!r} against {actual[point][name]!r}" for name in row if repr(row[name]) != repr(actual[point][name])]
        check(not wrong, f"{what}: {point}: {'; '.join(wrong[:6])}")


def subjects_of(world, funnel):
    column = "lead" if funnel == "leads" else "opportunity"
    return sorted({row[column] for row in world.tables["events"] if row[column]})


def world_with_features(weir, folder, world, weekend):
    workspaces.write_world(folder, world)
    declare(folder, weekend)
    weir.ingest(folder)


def law_cut(weir, folder, rng):
    """Features at T are those of the log cut at T."""
    world = generator.Generator(rng, rng.choice((4, 12, 30))).world()
    weekend = rng.choice(("sat, sun", "fri, sat", "sun"))
    world_with_features(weir, folder / "full", world, weekend)
    moments = world.moments()
    for i in range(2):
        moment = rng.choice(moments[len(moments) // 10:])
        cut = world.known_by(moment)
        if not cut.tables["events"] or (world.tables["closings"] and not cut.tables["closings"]):
            continue
        world_with_features(weir, folder / f"cut{i}", cut, weekend)
        # What was known at the moment is known strictly before a microsecond later.
        times = [moment + datetime.timedelta(microseconds=1), rng.choice(moments), moment - datetime.timedelta(days=rng.randrange(40))]
        times = sorted({generator.instant(time) for time in times if time <= moment + datetime.timedelta(microseconds=1)})
        for funnel in workspaces.FUNNELS:
            points = [(subject, time) for subject in subjects_of(cut, funnel) for time in times]
            if not points:
                continue
            check_rows(ask(weir, folder / f"cut{i}", "points", funnel, points), ask(weir, folder / "full", f"points{i}", funnel, points),
                       f"{funnel}: the log cut at {generator.instant(moment)} against all of it")


def law_single(weir, folder, rng):
    """A batch gives the rows that its points give alone, bit for bit, in whatever order."""
    world = generator.Generator(rng, rng.choice((4, 12))).world()
    world_with_features(weir, folder / "w", world, "sat, sun")
    moments = world.moments()
    for funnel in workspaces.FUNNELS:
        subjects = subjects_of(world, funnel)
        if not subjects:
            continue
        points = sorted({(rng.choice(subjects), generator.instant(rng.choice(moments))) for _ in range(40)})
        batch = ask(weir, folder / "w", "batch", funnel, points)
        shuffled = list(points)
        rng.shuffle(shuffled)
        check_rows(batch, ask(weir, folder / "w", "shuffled", funnel, shuffled), "another order")
        for point in rng.sample(points, min(6, len(points))):
            check_rows({key: row for key, row in batch.items() if key == point}, ask(weir, folder / "w", "single", funnel, [point]), "one point alone")


LAWS = {"features_cut": law_cut, "features_single": law_single}
