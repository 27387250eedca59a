"""Laws of snapshots: deliveries of states say the same as a log of their changes."""
import datetime
import json

import generator
import workspaces
from harness import check, check_same

FUNNEL = """\
funnels:
  deals:
    subject: opportunity
    stages:
      - { name: discovery, enter: "prop('to') = 'discovery'", window: 30d }
      - { name: proposal, enter: "prop('to') = 'proposal'", window: 30d }
      - { name: negotiation, enter: "prop('to') = 'negotiation'", window: 30d }
    won: { enter: "prop('to') = 'won'" }
    lost: { enter: "prop('to') = 'lost'" }
    dormant: { silent_for: 25d }
"""
SNAPSHOT = """\
weir: 1
workspace: changes
sources:
  deals:
    read: deals_*.csv
    kind: snapshot
    key: id
    changed_at: changed
    keys: { opportunity: id }
    changes_of: [stage]
"""
LOG = """\
weir: 1
workspace: changes
sources:
  deals:
    read: log.csv
    keys: { opportunity: id }
    events:
      - { type: deal.stage, occurred_at: changed, properties: { from: before, to: stage } }
"""
STAGES = ("discovery", "proposal", "negotiation", "won", "lost")


def states(rng):
    """Per deal its states in time order: (stage, amount, changed)."""
    deals = {}
    for i in range(rng.choice((3, 10, 25))):
        at = generator.START + datetime.timedelta(days=rng.randrange(100), seconds=rng.randrange(86400))
        rows = []
        for _ in range(rng.randrange(1, 9)):
            rows.append((rng.choice(STAGES) if rng.random() < 0.7 or not rows else rows[-1][0], str(rng.randrange(5)), at))
            at += datetime.timedelta(days=rng.randrange(0, 30), seconds=1 + rng.randrange(86400))
        deals[f"D{i}"] = rows
    return deals


def law_changes(weir, folder, rng):
    """Snapshots with `changed_at` and `changes_of`, in any order and repeated, say the same as a log of the changes."""
    deals = states(rng)
    log = []
    for deal, rows in deals.items():
        before = ""
        for stage, _, at in rows:
            if stage != before:
                log.append({"id": deal, "before": before, "stage": stage, "changed": generator.instant(at)})
            before = stage
    every = [{"id": deal, "stage": stage, "amount": amount, "changed": generator.instant(at)} for deal, rows in deals.items() for stage, amount, at in rows]
    (folder / "log").mkdir()
    (folder / "log" / "weir.yaml").write_text(LOG + FUNNEL)
    workspaces.write_rows(folder / "log" / "log.csv", ("id", "before", "stage", "changed"), log)
    weir.ingest(folder / "log")
    (folder / "snapshot").mkdir()
    (folder / "snapshot" / "weir.yaml").write_text(SNAPSHOT + FUNNEL)
    parts = workspaces.split(rng, every)
    for i, part in enumerate(parts):
        repeated = part + [row for row in every if rng.random() < 0.3]
        rng.shuffle(repeated)
        workspaces.write_rows(folder / "snapshot" / f"deals_{i}.csv", ("id", "stage", "amount", "changed"), repeated)
        if rng.random() < 0.5:
            weir.ingest(folder / "snapshot")
            weir.expect(folder / "snapshot", "funnel", "--json")  # makes timelines, to which what comes later is added
    weir.ingest(folder / "snapshot")
    moment = generator.instant(max(at for rows in deals.values() for _, _, at in rows) - datetime.timedelta(days=rng.randrange(1, 60)))
    stages = ("discovery", "proposal", "negotiation")
    # The newest record of a snapshot may be no event, so the as-of is said.
    for extra in (("--as-of", "2026-12-31"), ("--as-of", moment), ("--known-at", moment)):
        asked = [("funnel",), ("funnel", "--count", "stays")] + [("funnel", "--list", f"{stage}:{state}") for stage in stages for state in ("advanced", "open", "lost")]
        check_same(workspaces.answers(weir, folder / "log", asked, *extra), workspaces.answers(weir, folder / "snapshot", asked, *extra),
                   f"a log of changes (<) against snapshots (>), {' '.join(extra)}")


COMPLETE = """\
weir: 1
workspace: complete
sources:
  deals:
    read: deals_*.csv
    kind: snapshot
    key: id
    snapshot_at: { file_name: "deals_%Y-%m-%d.csv" }
    complete: true
    keys: { opportunity: id }
    events:
      - { type: deal.created, occurred_at: created }
      - { type: deal.won, occurred_at: closed, when: closed IS NOT NULL }
funnels:
  deals:
    subject: opportunity
    stages:
      - { name: open, enter: type = 'deal.created', window: 30d }
    won: { enter: type = 'deal.won' }
"""


def law_complete(weir, folder, rng):
    """A key that is missing from a complete delivery is gone from that delivery on, and not before."""
    folder = folder / "w"
    folder.mkdir()
    (folder / "weir.yaml").write_text(COMPLETE)
    days = [datetime.date(2026, 2, 1) + datetime.timedelta(days=7 * i) for i in range(rng.randrange(2, 6))]
    created = {f"D{i}": datetime.date(2026, 1, 1) + datetime.timedelta(days=rng.randrange(28)) for i in range(12)}
    closed = {deal: rng.choice(("", "2026-02-03")) for deal in created}
    shown = {}
    for i, day in enumerate(days):
        shown[day] = [deal for deal in created if rng.random() < 0.7 or (i == 0 and deal == "D0")]
    order = list(days)
    rng.shuffle(order)
    for day in order:
        rows = [{"id": deal, "created": created[deal].isoformat(), "closed": closed[deal] if day >= datetime.date(2026, 2, 8) else ""} for deal in shown[day]]
        workspaces.write_rows(folder / f"deals_{day}.csv", ("id", "created", "closed"), rows)
        if rng.random() < 0.5:
            weir.ingest(folder)
            weir.expect(folder, "funnel", "--json")
    weir.ingest(folder)
    for i, day in enumerate(days):
        known = f"{day}T23:59:59.999999Z"
        for at, expected in ((known, set(shown[day])), (f"{day}T23:59:59.999998Z", set(shown[days[i - 1]]) if i else set())):
            rows = json.loads(weir.expect(folder, "funnel", "--list", "open:entered", "--known-at", at, "--json"))
            actual = {row["subject"] for row in rows}
            check(actual == expected, f"deliveries {order}: known at {at}: {sorted(actual)}, expected {sorted(expected)}")
        won = {deal for deal in shown[day] if closed[deal] and day >= datetime.date(2026, 2, 8)}
        rows = json.loads(weir.expect(folder, "funnel", "--list", "won", "--known-at", known, "--json"))
        check({row["subject"] for row in rows} == won, f"won as known at {known}: {rows}, expected {sorted(won)}")
    now = json.loads(weir.expect(folder, "funnel", "--list", "open:entered", "--as-of", "2026-12-31", "--json"))
    check({row["subject"] for row in now} == set(shown[days[-1]]), f"now: {now}, expected {sorted(shown[days[-1]])}")
