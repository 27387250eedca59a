"""The forty features of the bench: one list, from which every contestant's question is made."""

DAY = 86_400_000_000
WINDOWS = [1, 3, 7, 14, 30, 90]   # days
COUNTED = ["any", "page.viewed", "email.opened", "form.submitted", "meeting.booked"]
SINCE = ["any", "form.submitted", "meeting.booked"]

# name -> (function, of, window in days or None)
FEATURES = {}
for of in COUNTED:
    for days in WINDOWS:
        FEATURES[f"{of.replace('.', '_')}_count_{days}d"] = ("count", of, days)
for days in WINDOWS:
    FEATURES[f"amount_sum_{days}d"] = ("sum", "amount", days)
for of in SINCE:
    FEATURES[f"{of.replace('.', '_')}_since"] = ("since", of, None)
FEATURES["amount_last"] = ("last", "amount", None)

WORKSPACE = """\
weir: 1
workspace: features
as_of: 2026-01-01
sources:
  events:
    read: {events}
    key: id
    keys: {{ lead: lead, campaign: channel }}
    events:
      - {{ type: page.viewed,    occurred_at: occurred_at, when: type = 'page.viewed',    rank: 1 }}
      - {{ type: form.submitted, occurred_at: occurred_at, when: type = 'form.submitted', rank: 2 }}
      - {{ type: meeting.booked, occurred_at: occurred_at, when: type = 'meeting.booked', rank: 3 }}
      - {{ type: deal.won,       occurred_at: occurred_at, when: type = 'deal.won',       rank: 4, amount: amount }}
      - {{ type: {{ from: type }}, name: other, occurred_at: occurred_at, amount: amount,
          when: "type NOT IN ('page.viewed', 'form.submitted', 'meeting.booked', 'deal.won')" }}
funnels:
  leads:
    subject: lead
    stages:
      - {{ name: seen, enter: type = 'page.viewed' }}
    won: {{ enter: type = 'deal.won' }}
features:
  - {{ count: [{counted}], over: [{windows}] }}
  - {{ sum: amount, over: [{windows}] }}
  - {{ since: [{since}] }}
  - {{ last: amount }}
"""


def workspace(events):
    return WORKSPACE.format(events=events, counted=", ".join(COUNTED), windows=", ".join(f"{days}d" for days in WINDOWS), since=", ".join(SINCE))
