"""Laws of what comes late: timelines to which deliveries were added are those that all deliveries at once make."""
import shutil

import feature_laws
import generator
import workspaces
from harness import check, check_same

ASKED = ("funnel", "--steps", "deal.created", "deal.won", "--subject", "opportunity", "--window", "30d", "--json")  # reads timelines alone


def timelines(folder):
    """The one file of timelines: its name and bytes."""
    files = sorted((folder / ".weir" / "timelines").iterdir())
    check(len(files) == 1, f"one file of timelines should be there: {[file.name for file in files]}")
    return files[0].name, files[0].read_bytes()


def check_whole(weir, folder, what):
    """The file that deliveries were added to has the bytes of one that is built at once."""
    weir.expect(folder, *ASKED)
    name, added = timelines(folder)
    shutil.rmtree(folder / ".weir" / "timelines")
    weir.expect(folder, *ASKED)
    again, whole = timelines(folder)
    check(name == again, f"{what}: {name} and {again} are the same data")
    check(added == whole, f"{what}: the file that was added to has {len(added)} bytes and another content than the one built at once ({len(whole)})")


def adds(weir, folder):
    """Asks while parts that were read before are away: what answers then was added, not built. Whether it did."""
    if not (folder / ".weir" / "timelines").exists():
        return False
    manifest = (folder / ".weir" / "manifest.json").read_text()
    parts = folder / ".weir" / "parts"
    old = [part for part in sorted(parts.glob("*-events-*.parquet")) if part.name in adds.seen.get(folder, ())]
    away = folder / "away"
    away.mkdir(exist_ok=True)
    for part in old:
        part.rename(away / part.name)
    done = weir.run(folder, *ASKED)
    for part in old:
        (away / part.name).rename(part)
    check(done.returncode in (0, 1), f"asked while parts are away: exit code {done.returncode}")
    check((folder / ".weir" / "manifest.json").read_text() == manifest, "a question changed the manifest")
    return done.returncode == 0 and bool(old)


adds.seen = {}


def deliver(weir, folder, world, rng, seldom):
    """Most rows first, then several small deliveries, each with a question after it. How often that was an addition."""
    waiting = []
    for table, columns in generator.COLUMNS.items():
        rows = list(world.tables[table])
        if table == "closings" and not rows:
            continue
        rng.shuffle(rows)
        # Of snapshots a record may come again: then all is built at once.
        cut = len(rows) if table != "events" and rng.random() < seldom else max(1, int(len(rows) * rng.uniform(0.8, 0.97)))
        workspaces.write_rows(folder / f"{table}_first.csv", columns, rows[:cut])
        if rows[cut:]:
            waiting += [(folder / f"{table}_{i}.csv", columns, part) for i, part in enumerate(workspaces.split(rng, rows[cut:], 4))]
    weir.ingest(folder)
    weir.expect(folder, *ASKED)
    rng.shuffle(waiting)
    added = 0
    while waiting:
        adds.seen[folder] = {part.name for part in (folder / ".weir" / "parts").iterdir()}
        for _ in range(rng.randrange(1, 3)):
            if waiting:
                workspaces.write_rows(*waiting.pop())
        weir.ingest(folder)
        added += adds(weir, folder)
        if rng.random() < 0.8:
            check_whole(weir, folder, "after a delivery") if rng.random() < 0.3 else weir.expect(folder, *ASKED)
    return added


def law_tail(weir, folder, rng):
    """Deliveries added one by one, late and live: the bytes of timelines and of every answer are those of all at once."""
    world = generator.Generator(rng, rng.choice((12, 30, 60))).world()
    asked = workspaces.questions(rng, 3) + [("funnel", "--steps", "lead.created", "reply", "--subject", "lead", "--window", "30d")]
    workspaces.write_world(folder / "plain", world)
    workspaces.write_definitions(folder / "tail", world)
    weekend = rng.choice(("sat, sun", "fri, sat"))
    for name in ("plain", "tail"):
        feature_laws.declare(folder / name, weekend)
    weir.ingest(folder / "plain")
    added = deliver(weir, folder / "tail", world, rng, 0.8)
    check_same(workspaces.answers(weir, folder / "plain", asked), workspaces.answers(weir, folder / "tail", asked), "all at once (<) and added one by one (>)")
    moments = world.moments()
    for funnel in ("leads", "deals"):
        subjects = feature_laws.subjects_of(world, funnel)
        points = [(subject, generator.instant(rng.choice(moments))) for subject in rng.sample(subjects, min(10, len(subjects)))]
        if points:
            feature_laws.check_rows(feature_laws.ask(weir, folder / "plain", funnel, funnel, points), feature_laws.ask(weir, folder / "tail", funnel, funnel, points),
                                    "features, all at once and added one by one")
    check_whole(weir, folder / "tail", f"after all deliveries, {added} of them added")


def law_tail_adds(weir, folder, rng):
    """Late and live events of logs are added, not built: also with times, keys, types and ties that were not there."""
    world = generator.Generator(rng, 40).world()
    workspaces.write_definitions(folder, world)
    rows = list(world.tables["events"])
    rng.shuffle(rows)
    cut = len(rows) - rng.randrange(1, max(2, len(rows) // 8))
    for table, columns in generator.COLUMNS.items():
        if table != "closings" or world.tables["closings"]:
            workspaces.write_rows(folder / f"{table}_0.csv", columns, rows[:cut] if table == "events" else world.tables[table])
    weir.ingest(folder)
    weir.expect(folder, *ASKED)
    adds.seen[folder] = {part.name for part in (folder / ".weir" / "parts").iterdir()}
    workspaces.write_rows(folder / "events_1.csv", generator.COLUMNS["events"], rows[cut:])
    weir.ingest(folder)
    check(adds(weir, folder), "late events of a log were not added to the timelines that there were")
    check_whole(weir, folder, "after late events")


LAWS = {"tail": law_tail, "tail_adds": law_tail_adds}
