#!/usr/bin/env python3
"""A funnel whose true chances are known: `synthetic_funnel.py FOLDER [--seed N]` writes a workspace and truth/ beside it.

22,000 leads come in over 760 days (day 0 is Monday 2024-01-01) and pass three stages. Each has a latent engagement, a mean-reverting walk over
nine levels, which drives touches, advances and losses; what weir sees are touches, moves, four attributes and the losses that were written down.
Of the losses 75 % are written down within two days, 20 % late (5 days and a geometric number more, 25 on average) and 5 % never. Moves and
touches slow down in August and nearly stop around Christmas. On day 520 the market turns: losses rise, engagement protects less, touches thin
out, more leads come from paid search, and in one cuboid of segments one stage's advances are halved (the leak).

truth/chances.csv has, for every Monday from day 364 and every lead that nobody has closed by its first instant: whether it is alive, its daily
hazards, and the chances within 30 days to be lost in this stage or a later one and to be written down as lost. They are rolled out from the
hazards over stages, days of entry and levels of engagement: exact but for rounding, nothing is drawn. Same seed, same bytes.
"""
import argparse
import json
import pathlib

import numpy as np
import pandas as pd

DAYS, LEADS, HORIZON = 760, 22_000, 30
BEGIN = pd.Timestamp("2024-01-01")
CHANCES_FROM = 364
TURN = 520  # drift and leak begin
STAGES = ["new", "mql", "sql"]
ADVANCE = np.array([0.030, 0.024, 0.022])  # per day
LOSS = np.array([0.0080, 0.0076, 0.0070])
SOURCES, REGIONS, SIZES = ["organic", "paid", "webinar", "outbound", "partner"], ["north", "south", "east", "west"], ["small", "mid", "large"]
SOURCE_SHARE, SOURCE_SHARE_LATER = [0.30, 0.22, 0.20, 0.18, 0.10], [0.24, 0.34, 0.17, 0.16, 0.09]
ON_ADVANCE = {"source": [0.15, -0.20, 0.05, -0.20, 0.25], "region": [0.05, 0.0, -0.05, 0.0], "size": [0.15, 0.0, -0.20], "fit": 0.25, "engagement": 0.50}
ON_LOSS = {"source": [-0.15, 0.30, 0.0, 0.25, -0.30], "region": [0.0, 0.10, 0.0, -0.10], "size": [0.15, 0.0, -0.20], "fit": -0.35, "engagement": -0.84}
LATER = {"loss": 1.2, "engagement": 0.8, "touches": 0.85}
LEAK = {"stage": 1, "region": 1, "source": 1, "advance": 0.5}  # mql, south, paid
LEVELS = np.arange(-4, 5) * 0.5
RELAXATION_DAYS = 45
TOUCHES, ON_TOUCHES, TOUCH_SPREAD = 0.14, 0.80, 0.4
TOUCH_TYPES = ["page.viewed", "email.clicked", "call.logged", "email.replied", "meeting.held"]
TOUCH_SHARE = np.array([0.45, 0.25, 0.12, 0.13, 0.05])
OBJECTIONS, ON_OBJECTIONS = 0.008, -0.6
PROMPT = [0.60, 0.25, 0.15]  # share of prompt entries after 0, 1, 2 days
PROMPT_SHARE, LATE_SHARE, LATE_FROM, LATE_MEAN = 0.75, 0.20, 5, 25

WORKSPACE = """\
# Written by bench/risk/synthetic_funnel.py, seed {seed}. truth/ is read by no source.
weir: 1
workspace: synthetic
time_zone: UTC
currency: EUR
as_of: {as_of}
touch: [{touches}]
sources:
  leads:
    read: exports/leads.csv
    keys: {{ lead: lead }}
    events: [{{ type: lead.created, occurred_at: created_at }}]
    entity: {{ lead: {{ id: lead, source: source, region: region, size: size, fit: fit }} }}
  moves:
    read: exports/moves.csv
    keys: {{ lead: lead }}
    events: [{{ type: {{ from: type }}, occurred_at: occurred_at }}]
  activities:
    read: exports/activities.csv
    keys: {{ lead: lead }}
    events: [{{ type: {{ from: type }}, occurred_at: occurred_at }}]
funnels:
  leads:
    subject: lead
    stages:
      - {{ name: new, enter: type = 'lead.created', window: 30d }}
      - {{ name: mql, enter: type = 'lead.mql', window: 45d }}
      - {{ name: sql, enter: type = 'lead.sql', window: 45d }}
    won: {{ enter: type = 'lead.won' }}
    lost: {{ enter: type = 'lead.lost' }}
    segments: {{ source: lead.source, region: lead.region, size: lead.size }}
risk:
  - {{ funnel: leads, outcome: lost, horizon: {horizon}d, landmarks: 7d }}
"""


def rhythm():
    """Per day: factor of moves and of touches. Weekends, August, Christmas to Epiphany."""
    dates = BEGIN + pd.to_timedelta(np.arange(DAYS + HORIZON), "D")
    weekend = np.arange(len(dates)) % 7 >= 5
    moves, touches = np.where(weekend, 0.25, 1.3), np.where(weekend, 0.4, 1.24)
    august = (dates.month == 8) & (dates.day < 25)
    christmas = ((dates.month == 12) & (dates.day >= 22)) | ((dates.month == 1) & (dates.day <= 6) & (dates > BEGIN + pd.Timedelta(days=30)))
    return moves * np.where(august, 0.65, 1) * np.where(christmas, 0.15, 1), touches * np.where(august, 0.6, 1) * np.where(christmas, 0.15, 1)


def walk():
    """Chances to move from one level of engagement to another overnight: an Ornstein-Uhlenbeck process of unit variance in steps of a half."""
    step = LEVELS[1] - LEVELS[0]
    moves, pull = 2 / RELAXATION_DAYS / step**2, LEVELS / RELAXATION_DAYS / step
    up, down = np.clip((moves - pull) / 2, 0, 1), np.clip((moves + pull) / 2, 0, 1)
    up[-1] = down[0] = 0
    return np.diag(1 - up - down) + np.diag(up[:-1], 1) + np.diag(down[1:], -1)


def age_shapes(age):
    """Factors of advance and loss by days in the stage."""
    return np.select([age < 3, age < 14, age < 30], [0.7, 1.2, 1.0], 0.7), np.select([age < 7, age < 30], [0.6, 1.0], 1.25)


def written_down_by():
    """F[d]: the share of losses that is written down at most d days later; the rest to 1 never is, or after d."""
    days = np.arange(DAYS + HORIZON)
    late = np.where(days >= LATE_FROM, 1 - (1 - 1 / (LATE_MEAN + 1)) ** (days - LATE_FROM + 1), 0)
    return PROMPT_SHARE * np.minimum(np.cumsum(np.pad(PROMPT, (0, len(days) - len(PROMPT)))), 1) + LATE_SHARE * late


class Leads:
    """What each lead is from the start; `static` are its log-factors on advance and loss."""

    def __init__(self, draw):
        weight = rhythm()[1][:DAYS] * np.linspace(0.85, 1.15, DAYS)
        self.created = np.sort(draw.choice(DAYS, LEADS, p=weight / weight.sum()))
        earlier, later = (draw.choice(len(SOURCES), LEADS, p=share) for share in (SOURCE_SHARE, SOURCE_SHARE_LATER))
        self.source = np.where(self.created < TURN, earlier, later)
        self.region, self.size = draw.choice(4, LEADS, p=[0.3, 0.25, 0.25, 0.2]), draw.choice(3, LEADS, p=[0.5, 0.35, 0.15])
        self.fit = np.round(draw.normal(0, 1, LEADS), 2)
        self.liveliness = draw.normal(0, TOUCH_SPREAD, LEADS)
        self.on_advance, self.on_loss = (np.array(on["source"])[self.source] + np.array(on["region"])[self.region] + np.array(on["size"])[self.size]
                                         + on["fit"] * self.fit for on in (ON_ADVANCE, ON_LOSS))

    def hazards(self, lead, stage, age, engagement, day, pace):
        """Daily hazards of advance and loss; arguments are arrays that broadcast together, `day` and `pace` numbers."""
        turned = day >= TURN
        advance_shape, loss_shape = age_shapes(age)
        advance = ADVANCE[stage] * advance_shape * pace * np.exp(self.on_advance[lead] + ON_ADVANCE["engagement"] * engagement)
        slope = ON_LOSS["engagement"] * (LATER["engagement"] if turned else 1)
        loss = LOSS[stage] * loss_shape * pace * np.exp(self.on_loss[lead] + slope * engagement) * (LATER["loss"] if turned else 1)
        if turned:
            leaks = (stage == LEAK["stage"]) & (self.region[lead] == LEAK["region"]) & (self.source[lead] == LEAK["source"])
            advance = np.where(leaks, LEAK["advance"], 1) * advance
        return advance, loss


def ends(advance, loss):
    """Chances that one of two competing hazards ends the day."""
    total = advance + loss
    any_end = -np.expm1(-total) / total
    return any_end * advance, any_end * loss


def true_chances(leads, lead, stage, entered, level, day, moves):
    """Within HORIZON days from the first instant of `day`, for leads that are alive: P(lost) and P(written down as lost), shape of `lead`."""
    step, written = walk(), written_down_by()
    count = len(lead)
    # present[i, k]: still in the stage of `day`; ahead[j][i, d, k]: j + 1 stages further, entered on the day before `day` + d.
    present = np.zeros((count, len(LEVELS)))
    present[np.arange(count), level] = 1
    ahead = [np.zeros((count, HORIZON + 1, len(LEVELS))) for _ in range(len(STAGES) - 1)]
    lost, recorded = np.zeros(count), np.zeros(count)
    for passed in range(HORIZON):
        today, pace = day + passed, moves[day + passed]
        advance, loss = ends(*leads.hazards(lead[:, None], stage[:, None], (today - entered)[:, None], LEVELS, today, pace))
        arriving, lost_today = present * advance, (present * loss).sum(axis=1)
        present = (present * (1 - advance - loss)) @ step
        for further in range(1, len(STAGES)):
            mass = ahead[further - 1]
            rows = np.flatnonzero(stage + further < len(STAGES))
            age = (passed + 1 - np.arange(passed + 1))[None, :, None]
            advance, loss = ends(*leads.hazards(lead[rows, None, None], (stage[rows] + further)[:, None, None], age, LEVELS, today, pace))
            now = mass[rows, : passed + 1]
            lost_today[rows] += (now * loss).sum(axis=(1, 2))
            leaving = (now * advance).sum(axis=1)
            mass[rows, : passed + 1] = (now * (1 - advance - loss)) @ step
            mass[rows, passed + 1] += arriving[rows] @ step
            arriving = np.zeros_like(arriving)
            arriving[rows] = leaving
        lost += lost_today
        recorded += lost_today * written[HORIZON - 1 - passed]
    return lost, recorded


class Simulation:
    def __init__(self, seed):
        self.draw = np.random.Generator(np.random.PCG64(seed))
        self.leads = Leads(self.draw)
        self.stage, self.entered = np.zeros(LEADS, int), self.leads.created.copy()
        start = np.exp(-LEVELS**2 / 2)
        self.level = self.draw.choice(len(LEVELS), LEADS, p=start / start.sum())
        self.lost_on, self.written_on, self.won_on = (np.full(LEADS, -1) for _ in range(3))
        self.moves, self.activities, self.chances = [], [], []
        self.pace, self.touch_pace = rhythm()
        self.until = np.cumsum(walk(), axis=1)

    def run(self):
        for day in range(DAYS + 1):
            if day >= CHANCES_FROM and day % 7 == 0:
                self.note_chances(day)
            if day == DAYS:
                break
            alive = np.flatnonzero((self.leads.created <= day) & (self.lost_on < 0) & (self.won_on < 0))
            remaining = self.end_stays(alive, day)
            self.touch(remaining, day)
            self.level[remaining] = (self.draw.random(len(remaining))[:, None] > self.until[self.level[remaining]]).sum(axis=1)
        return self

    def end_stays(self, alive, day):
        """Moves and losses of a day, none on the day on which a lead came in; who is still there."""
        old = alive[self.leads.created[alive] < day]
        advance, loss = ends(*self.leads.hazards(old, self.stage[old], day - self.entered[old], LEVELS[self.level[old]], day, self.pace[day]))
        fate = self.draw.random(len(old))
        lost, moved = old[fate < loss], old[(fate >= loss) & (fate < loss + advance)]
        self.lost_on[lost] = day
        self.written_on[lost] = self.entries(len(lost), day)
        won = moved[self.stage[moved] == len(STAGES) - 1]
        self.won_on[won] = day
        further = np.setdiff1d(moved, won, assume_unique=True)
        self.stage[further] += 1
        self.entered[further] = day
        for names, who in ((np.array(STAGES)[self.stage[further]], further), (np.full(len(won), "won"), won)):
            self.moves.append((self.at(day, len(who)), np.char.add("lead.", names), who))
        return np.setdiff1d(alive, np.concatenate([lost, won]), assume_unique=True)

    def entries(self, count, day):
        """The days on which losses of `day` are written down; -1: never."""
        kind = self.draw.random(count)
        prompt = self.draw.choice(len(PROMPT), count, p=PROMPT)
        late = LATE_FROM + self.draw.geometric(1 / (LATE_MEAN + 1), count) - 1
        written = day + np.where(kind < PROMPT_SHARE, prompt, late)
        return np.where(kind < PROMPT_SHARE + LATE_SHARE, written, -1)

    def touch(self, who, day):
        engagement = LEVELS[self.level[who]]
        rate = TOUCHES * np.exp(ON_TOUCHES * engagement + self.leads.liveliness[who]) * self.touch_pace[day] * (LATER["touches"] if day >= TURN else 1)
        times = self.draw.poisson(rate)
        touched, eager = np.repeat(who, times), np.repeat(engagement, times)
        weight = TOUCH_SHARE * np.exp(np.outer(eager, [0, 0, 0, 0.4, 0.4]))
        kind = (self.draw.random(len(touched))[:, None] > np.cumsum(weight / weight.sum(axis=1, keepdims=True), axis=1)).sum(axis=1)
        objecting = who[self.draw.random(len(who)) < OBJECTIONS * np.exp(ON_OBJECTIONS * engagement) * self.pace[day]]
        self.activities.append((self.at(day, len(touched)), np.array(TOUCH_TYPES)[np.minimum(kind, len(TOUCH_TYPES) - 1)], touched))
        self.activities.append((self.at(day, len(objecting)), np.full(len(objecting), "objection.raised"), objecting))

    def at(self, day, count):
        """Instants of a working day, in seconds since BEGIN."""
        return day * 86_400 + self.draw.integers(7 * 3600, 19 * 3600, count)

    def note_chances(self, day):
        """What is true at the first instant of `day` of the leads that nobody has closed."""
        came = (self.leads.created < day) & (self.won_on < 0)
        alive = np.flatnonzero(came & (self.lost_on < 0))
        stage, entered, level = self.stage[alive], self.entered[alive], self.level[alive]
        pace = np.concatenate([self.pace, np.ones(HORIZON)])
        lost, recorded = true_chances(self.leads, alive, stage, entered, level, day, pace)
        hazards = self.leads.hazards(alive, stage, day - entered, LEVELS[level], day, pace[day])
        self.chances.append(pd.DataFrame({"lead": alive, "day": day, "alive": True, "stage": stage, "advance_hazard": hazards[0],
                                          "loss_hazard": hazards[1], "lost_30d": lost, "recorded_30d": recorded}))
        gone = np.flatnonzero(came & (self.lost_on >= 0) & ((self.written_on < 0) | (self.written_on >= day)))
        written, passed = written_down_by(), day - self.lost_on[gone]
        before = written[passed - 1]
        self.chances.append(pd.DataFrame({"lead": gone, "day": day, "alive": False, "stage": self.stage[gone], "lost_30d": 1.0,
                                          "recorded_30d": (written[passed + HORIZON - 1] - before) / (1 - before)}))


def name_of(lead):
    return np.char.add("L", np.char.zfill(np.asarray(lead).astype(str), 5))


def date_of(day):
    """ISO dates; empty where `day` is negative."""
    dates = pd.Series(BEGIN + pd.to_timedelta(day, "D")).dt.strftime("%Y-%m-%d")
    return dates.where(np.asarray(day) >= 0, "")


def log_of(parts):
    at, kind, who = (np.concatenate([part[i] for part in parts]) for i in range(3))
    order = np.argsort(at, kind="stable")
    return pd.DataFrame({"occurred_at": (BEGIN + pd.to_timedelta(at[order], "s")).strftime("%Y-%m-%dT%H:%M:%SZ"), "type": kind[order], "lead": name_of(who[order])})


def write(folder, seed):
    simulation = Simulation(seed).run()
    leads = simulation.leads
    (folder / "exports").mkdir(parents=True, exist_ok=True)
    (folder / "truth").mkdir(exist_ok=True)
    created = BEGIN + pd.to_timedelta(leads.created * 86_400 + 6 * 3600, "s")
    pd.DataFrame({"lead": name_of(np.arange(LEADS)), "created_at": created.strftime("%Y-%m-%dT%H:%M:%SZ"), "source": np.array(SOURCES)[leads.source],
                  "region": np.array(REGIONS)[leads.region], "size": np.array(SIZES)[leads.size], "fit": leads.fit}).to_csv(folder / "exports/leads.csv", index=False)
    written = np.flatnonzero((simulation.written_on >= 0) & (simulation.written_on < DAYS))
    losses = (simulation.written_on[written] * 86_400 + 19 * 3600 + written % 3600, np.full(len(written), "lead.lost"), written)
    log_of([*simulation.moves, losses]).to_csv(folder / "exports/moves.csv", index=False)
    log_of(simulation.activities).to_csv(folder / "exports/activities.csv", index=False)
    chances = pd.concat(simulation.chances)
    chances = chances.assign(lead=name_of(chances.lead), on=date_of(chances.day.to_numpy()).to_numpy(), stage=np.array(STAGES)[chances.stage])
    chances.to_csv(folder / "truth/chances.csv", index=False, float_format="%.6f")
    pd.DataFrame({"lead": name_of(np.arange(LEADS)), "lost_on": date_of(simulation.lost_on), "written_on": date_of(simulation.written_on),
                  "won_on": date_of(simulation.won_on)}).to_csv(folder / "truth/subjects.csv", index=False)
    share = float(written_down_by()[:HORIZON].mean())
    truth = {"seed": seed, "begin": str(BEGIN.date()), "days": DAYS, "turn": TURN, "horizon_days": HORIZON, "recorded_in_time": share,
             "leak": {"stage": STAGES[LEAK["stage"]], "region": REGIONS[LEAK["region"]], "source": SOURCES[LEAK["source"]], "advance": LEAK["advance"]}}
    (folder / "truth/truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    as_of = (BEGIN + pd.Timedelta(days=DAYS)).date()
    text = WORKSPACE.format(seed=seed, as_of=as_of, touches=", ".join(TOUCH_TYPES), horizon=HORIZON)
    (folder / "weir.yaml").write_text(text, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    write(options.folder, options.seed)


if __name__ == "__main__":
    main()
