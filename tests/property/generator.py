"""Random histories of leads and opportunities: what laws about answers are tried on.

A world is a set of tables, each a list of rows (dicts of texts, "" is empty), that `workspaces.py` writes as files.
"""
import dataclasses
import datetime
import zoneinfo

START = datetime.datetime(2026, 1, 5, tzinfo=datetime.timezone.utc)
ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Asia/Kolkata")
COLUMNS = {
    "events": ("happened", "day", "closing", "known", "type", "lead", "opportunity", "contact", "email", "visitor", "account", "owner", "product",
               "amount", "direction", "target", "seq"),
    "closings": ("id", "status", "closed", "amount", "changed"),
    "accounts": ("id", "sector", "changed"),
    "owners": ("id", "region", "changed"),
    "leads": ("id", "origin", "changed"),
}
TOUCHES = ("email.replied", "call.logged", "meeting.held", "page.viewed", "email.opened", "note.logged", "feature.used")
LEAD_STAGES = ("new", "mql", "sql")
DEAL_STAGES = ("discovery", "proposal", "negotiation")


def instant(moment):
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    return text + (f".{moment.microsecond:06d}" if moment.microsecond else "") + "Z"


@dataclasses.dataclass
class World:
    zone: str
    tables: dict
    known_is_occurred: bool

    def end_of_day(self, day):
        """The last microsecond of a day in the workspace's zone."""
        following = datetime.date.fromisoformat(day) + datetime.timedelta(days=1)
        midnight = datetime.datetime.combine(following, datetime.time(), zoneinfo.ZoneInfo(self.zone))
        return midnight.astimezone(datetime.timezone.utc) - datetime.timedelta(microseconds=1)

    def known(self, table, row):
        """Since when a row could have been known."""
        if table != "events":
            return parse(row["changed"])
        if row["known"]:
            return parse(row["known"])
        return parse(row["happened"]) if row["happened"] else self.end_of_day(row["day"])

    def known_by(self, moment):
        """The world as it was known at the moment."""
        tables = {name: [row for row in rows if self.known(name, row) <= moment] for name, rows in self.tables.items()}
        return World(self.zone, tables, self.known_is_occurred)

    def moments(self):
        return sorted({self.known(name, row) for name, rows in self.tables.items() for row in rows})


def parse(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class Generator:
    def __init__(self, rng, subjects, plain=False, known_is_occurred=False):
        self.rng = rng
        self.subjects = subjects
        self.plain = plain  # without day precision
        self.known_is_occurred = known_is_occurred
        self.zone = rng.choice(ZONES)
        self.accounts = [f"A{i}" for i in range(max(3, subjects // 3))]
        self.owners = [f"U{i}" for i in range(4)]
        self.contacts = [f"C{i}" for i in range(max(3, subjects // 2))]
        self.events = []

    def step(self):
        rng = self.rng
        kind = rng.random()
        if kind < 0.15:
            return datetime.timedelta(0)
        if kind < 0.3:
            return datetime.timedelta(minutes=rng.randrange(1, 300))
        if kind < 0.4:
            return datetime.timedelta(days=rng.randrange(1, 4))
        return datetime.timedelta(days=rng.randrange(0, 40), hours=rng.randrange(24), microseconds=rng.choice((0, 0, 0, 1, 500)))

    def event(self, at, kind, **cells):
        rng = self.rng
        row = dict.fromkeys(COLUMNS["events"], "")
        row.update(cells, type=kind)
        row["closing"] = "true" if kind in ("deal.won", "deal.lost") else "false"
        if not self.plain and rng.random() < 0.15:
            row["day"] = at.date().isoformat()
        else:
            row["happened"] = instant(at)
        if not self.known_is_occurred and rng.random() < 0.25:
            late = rng.choice((datetime.timedelta(hours=5), datetime.timedelta(days=3), datetime.timedelta(days=40)))
            row["known"] = instant(at + datetime.timedelta(days=1) + late)
        if rng.random() < 0.3:
            row["seq"] = str(rng.randrange(5))
        self.events.append(row)
        return row

    def parties(self):
        rng = self.rng
        contact = rng.choice(self.contacts)
        cells = {"contact": contact, "account": rng.choice(self.accounts), "owner": rng.choice(self.owners), "product": rng.choice(("Gold", "Silver"))}
        return {name: value for name, value in cells.items() if rng.random() < 0.75}

    def touches(self, at, **subject):
        rng = self.rng
        for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
            moment = at + self.step()
            way = rng.random()
            cells = dict(subject)
            if way < 0.35:
                cells = {"contact": rng.choice(self.contacts)}
            elif way < 0.5:
                cells = {"account": rng.choice(self.accounts)}
            elif way < 0.6:
                cells = {"visitor": f"V{rng.randrange(6)}"}
            elif way < 0.65:
                cells = {"visitor": f"V{rng.randrange(6)}", "contact": rng.choice(self.contacts)}
            elif way < 0.7:
                cells = {"contact": rng.choice(self.contacts), "email": f"p{rng.randrange(8)}@example.com"}
            self.event(moment, rng.choice(TOUCHES), direction=rng.choice(("in", "out", "", "")), **cells)

    def walk(self, subject, stages, enter, won, lost):
        rng = self.rng
        at = START + datetime.timedelta(days=rng.randrange(0, 150), hours=rng.randrange(24))
        place = 0 if rng.random() < 0.9 else rng.randrange(len(stages))
        self.event(at, **enter(stages[place]), **subject, **self.parties())
        for _ in range(rng.randrange(0, 8)):
            self.touches(at, **subject)
            at += self.step()
            kind = rng.random()
            if kind < 0.45:
                place += 1
            elif kind < 0.6:
                place += 2
            elif kind < 0.72:
                place = rng.randrange(len(stages))
            elif kind < 0.84:
                self.event(at, lost, **subject, **self.parties())
                if rng.random() < 0.6:
                    return at
                continue
            elif kind < 0.9:
                self.event(at, "lead.left" if "lead" in subject else "deal.left", **subject)
                continue
            if place >= len(stages):
                won(at)
                place = 0
                if rng.random() < 0.7:
                    return at
                continue
            self.event(at, **enter(stages[place]), **subject, **self.parties())
        return at

    def world(self):
        rng = self.rng
        for i in range(self.subjects):
            lead = {"lead": f"L{i}"}

            def won_lead(at, lead=lead):
                deal = {"opportunity": f"O{rng.randrange(self.subjects)}"} if rng.random() < 0.8 else {}
                self.event(at, "handoff.accepted", **lead, **deal)

            self.walk(lead, LEAD_STAGES, lambda stage: {"kind": "lead.created"} if stage == "new" else {"kind": "lead.stage", "target": stage},
                      won_lead, "lead.lost")
        for i in range(self.subjects):
            deal = {"opportunity": f"O{i}"}

            def won_deal(at, deal=deal):
                amount = f"{rng.randrange(1, 90000)}.{rng.randrange(100):02d}" if rng.random() < 0.8 else ""
                self.event(at, "deal.won", amount=amount, **deal, **self.parties())

            self.walk(deal, DEAL_STAGES, lambda stage: {"kind": "deal.created"} if stage == "discovery" else {"kind": "deal.stage", "target": stage},
                      won_deal, "deal.lost")
        tables = {"events": self.events, "closings": self.closings(), "accounts": self.states(self.accounts, "sector", ("steel", "food", "bank", "")),
                  "owners": self.states(self.owners, "region", ("West", "East")),
                  "leads": self.states([f"L{i}" for i in range(self.subjects)], "origin", ("web", "fair", "mail"))}
        return World(self.zone, tables, self.known_is_occurred)

    def states(self, keys, column, values):
        rows = []
        for key in keys:
            if self.rng.random() < 0.15:
                continue
            at = START
            for _ in range(self.rng.choice((1, 1, 2, 3))):
                rows.append({"id": key, column: self.rng.choice(values), "changed": instant(at)})
                at += datetime.timedelta(days=self.rng.randrange(1, 80), seconds=self.rng.randrange(86400))
        return rows

    def closings(self):
        """Revisions of how deals ended: closed dates move, closings are taken back."""
        rng = self.rng
        rows = []
        if self.known_is_occurred:
            return rows
        for i in range(self.subjects, self.subjects + self.subjects // 2):
            at = START + datetime.timedelta(days=rng.randrange(0, 120), seconds=rng.randrange(86400))
            for _ in range(rng.choice((1, 1, 2, 3))):
                status = rng.choice(("won", "lost", "open"))
                closed = (at - datetime.timedelta(days=rng.randrange(0, 9))).date().isoformat() if status != "open" else ""
                rows.append({"id": f"O{i - rng.choice((0, self.subjects))}" if not rows or rng.random() < 0.5 else rows[-1]["id"], "status": status,
                             "closed": closed, "amount": str(rng.randrange(100, 9000)), "changed": instant(at)})
                at += datetime.timedelta(days=rng.randrange(1, 30), seconds=1 + rng.randrange(86400))
        seen = {}
        for row in rows:  # one state of a key per moment
            seen[row["id"], row["changed"]] = row
        return list(seen.values())
