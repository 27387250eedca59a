"""Writes a generated world as a workspace and asks it everything."""
import csv
import json

import generator

WORKSPACE = """\
weir: 1
workspace: property
time_zone: {zone}
currency: EUR
{as_of}sources:
  events:
    read: events_*.{format}
{contract_events}    sequence: seq
    keys:
      lead: lead
      opportunity: opportunity
      contact: [{{ id: contact }}, {{ email: email }}]
      anonymous: visitor
      account: account
      owner: owner
      product: product
    events:
      - {{ type: {{ from: type }}, name: instant, occurred_at: happened, known_at: known, amount: amount, direction: direction, properties: {{ to: target }} }}
      - {{ type: {{ from: type }}, name: day, occurred_at: day, when: NOT closing, known_at: known, amount: amount, direction: direction, properties: {{ to: target }} }}
      - {{ type: {{ from: type }}, name: day_end, occurred_at: day, day: end, when: closing, known_at: known, amount: amount, direction: direction, properties: {{ to: target }} }}
{closings}  accounts:
    read: accounts_*.{format}
{contract_accounts}    kind: snapshot
    key: id
    changed_at: changed
    entity: {{ account: {{ id: id, sector: sector }} }}
  owners:
    read: owners_*.{format}
{contract_owners}    kind: snapshot
    key: id
    changed_at: changed
    entity: {{ owner: {{ id: id, region: region }} }}
  leads:
    read: leads_*.{format}
{contract_leads}    kind: snapshot
    key: id
    changed_at: changed
    keys: {{ lead: id }}
    entity: {{ lead: {{ id: id, origin: origin }} }}
funnels:
  leads:
    subject: lead
    stages:
      - {{ name: new, phase: top, enter: type = 'lead.created', window: 30d }}
      - {{ name: mql, phase: top, enter: "type = 'lead.stage' AND prop('to') = 'mql'", exit: type = 'lead.left', window: 30d }}
      - {{ name: sql, phase: middle, enter: "type = 'lead.stage' AND prop('to') = 'sql'", window: 60d }}
    won: {{ enter: type = 'handoff.accepted' }}
    lost: {{ enter: type = 'lead.lost' }}
    dormant: {{ silent_for: 20d }}
    segments: {{ origin: lead.origin, region: owner.region }}
    next: {{ funnel: deals, link: opportunity }}
  deals:
    subject: opportunity
    stages:
      - {{ name: discovery, phase: middle, enter: type = 'deal.created', window: 40d }}
      - {{ name: proposal, phase: middle, enter: "type = 'deal.stage' AND prop('to') = 'proposal'", window: 40d }}
      - {{ name: negotiation, phase: bottom, enter: "type = 'deal.stage' AND prop('to') = 'negotiation'", exit: type = 'deal.left' }}
    won: {{ enter: type = 'deal.won', money: amount }}
    lost: {{ enter: type = 'deal.lost' }}
    dormant: {{ silent_for: 30d }}
    segments: {{ sector: account.sector, product: product }}
"""
CLOSINGS = """\
  closings:
    read: closings_*.{format}
{contract_closings}    kind: snapshot
    key: id
    changed_at: changed
    keys: {{ opportunity: id }}
    events:
      - {{ type: deal.won, occurred_at: closed, day: end, when: status = 'won', amount: amount }}
      - {{ type: deal.lost, occurred_at: closed, day: end, when: status = 'lost' }}
"""
TYPES = {"happened": "timestamp", "known": "timestamp", "changed": "timestamp", "day": "date", "closed": "date", "amount": "number", "seq": "integer",
         "closing": "boolean"}
FUNNELS = {"leads": (generator.LEAD_STAGES, ("origin", "region")), "deals": (generator.DEAL_STAGES, ("sector", "product"))}
STATES = ("entered", "advanced", "lost", "dormant", "back", "open")


def contract(table):
    lines = ["apiVersion: v3.1.0", "kind: DataContract", f"id: {table}", "version: 1.0.0", "status: active", "schema:", f"  - name: {table}", "    properties:"]
    for column in generator.COLUMNS[table]:
        personal = ', customProperties: [{ property: personalClass, value: "email" }]' if column == "email" else ""
        lines.append(f"      - {{ name: {column}, physicalName: {column}, logicalType: {TYPES.get(column, 'string')}{personal} }}")
    return "\n".join(lines) + "\n"


def write_definitions(folder, world, as_of=None, format="csv", declared=True):
    folder.mkdir(parents=True, exist_ok=True)
    names = {"zone": world.zone, "format": format, "as_of": f"as_of: {generator.instant(as_of)}\n" if as_of else ""}
    for table in generator.COLUMNS:
        names["contract_" + table] = f"    contract: {table}.yaml\n" if declared else ""
        if declared:
            (folder / f"{table}.yaml").write_text(contract(table))
    names["closings"] = CLOSINGS.format(**names) if world.tables["closings"] else ""
    (folder / "weir.yaml").write_text(WORKSPACE.format(**names))


def write_rows(path, columns, rows):
    with open(path, "w", encoding="utf-8", newline="") as out:
        if path.suffix == ".csv":
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([row[column] for column in columns] for row in rows)
            return
        for row in rows:
            typed = {name: value for name, value in row.items() if value != ""}
            for name in typed:
                if name in ("seq",):
                    typed[name] = int(typed[name])
                elif name == "closing":
                    typed[name] = typed[name] == "true"
            out.write(json.dumps(typed) + "\n")


def write_world(folder, world, as_of=None, format="csv", declared=True):
    """One file per table, in the order of the rows."""
    write_definitions(folder, world, as_of, format, declared)
    for table, columns in generator.COLUMNS.items():
        if table != "closings" or world.tables["closings"]:
            write_rows(folder / f"{table}_0.{format}", columns, world.tables[table])


def split(rng, rows, most=5):
    """The rows in another order, in 1 to `most` files; none is empty unless there are no rows."""
    rows = list(rows)
    rng.shuffle(rows)
    count = max(1, min(rng.randrange(1, most + 1), len(rows)))
    cuts = sorted(rng.sample(range(1, len(rows)), count - 1)) if count > 1 else []
    return [rows[a:b] for a, b in zip([0, *cuts], [*cuts, len(rows)])]


def questions(rng=None, lists=6):
    """Arguments of every question; of the lists as many as asked for, picked at random."""
    asked = []
    for funnel, (stages, segments) in FUNNELS.items():
        base = ("funnel", "--funnel", funnel)
        asked += [base, (*base, "--count", "stays")]
        asked += [(*base, "--by", segment) for segment in segments]
        every = [(*base, "--list", f"{stage}:{state}") for stage in stages for state in STATES]
        every += [(*base, "--list", name) for name in ("won", "lost", "undated", "won-first", "entered-after-won")]
        asked += every if rng is None else rng.sample(every, min(lists, len(every)))
    return [*asked, ("leaks",)]


def answers(weir, folder, asked, *extra):
    return {" ".join(question): weir.expect(folder, *question, *extra, "--json") for question in asked}
