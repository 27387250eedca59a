"""The weekly report says what `weir funnel` says."""
import datetime
import json

import generator
import workspaces
from harness import check

COUNTS = ("entered", "advanced", "lost", "dormant", "back", "open")


def monday(week, plus=0):
    return datetime.date.fromisocalendar(int(week[:4]), int(week[6:]), 1) + datetime.timedelta(days=7 * plus)


def cents(money):
    return round(float(money["amount"]) * 100) if money else 0


def check_standing(stage, end, where):
    """At the end of the week."""
    check(stage["total"] == {name: end[name] for name in COUNTS}, f"{where}: {stage['total']} in the report, {end} by funnel")
    check(stage["standing"]["open"] == end["open"] + end["dormant"], f"{where}: open: {stage['standing']}, {end} by funnel")
    check(stage["standing"]["dormant"] == end["dormant"], f"{where}: dormant: {stage['standing']}, {end} by funnel")
    moved = stage["entered"]["week"] - sum(stage[name]["week"] for name in ("advanced", "lost", "back"))
    check(stage["standing"]["open"] - stage["standing"]["open_before"] == moved, f"{where}: open does not follow from what moved: {stage}")
    for name in ("estimate", "low", "high", "window_days"):
        check(stage["conversion"][name] == end["conversion"][name], f"{where}: conversion: {stage['conversion']}, {end['conversion']} by funnel")


def check_moved(stage, end, begin, earlier, where):
    """Within the week and the week before: what the funnel of its end has more than that of its beginning."""
    for name in ("entered", "advanced", "lost", "back"):
        check(stage[name]["week"] == end[name] - begin[name], f"{where}: {name} {stage[name]}, {begin[name]} to {end[name]} by funnel")
        check(stage[name]["week_before"] == begin[name] - earlier[name], f"{where}: {name} {stage[name]}, before {earlier[name]} to {begin[name]} by funnel")
    check(stage["standing"]["dormant_before"] == begin["dormant"], f"{where}: dormant before: {stage['standing']}, {begin['dormant']} by funnel")


def check_report(weir, folder, week, history_stands):
    def ask(*arguments):
        return json.loads(weir.expect(folder, *arguments, "--json"))

    report = ask("report", "weekly", "--week", week)
    check(report["week"] == week, f"asked for {week}, got {report['week']}")
    for funnel in report["funnels"]:
        name = ("funnel", "--funnel", funnel["funnel"])
        end, begin, earlier = (ask(*name, "--as-of", monday(week, back).isoformat()) for back in (1, 0, -1))
        inside = ask(*name, "--as-of", monday(week, 1).isoformat(), "--from", monday(week).isoformat(), "--to", monday(week, 1).isoformat())
        for i, stage in enumerate(funnel["stages"]):
            where = f"{week}, {funnel['funnel']}, {stage['stage']}"
            check_standing(stage, end["stages"][i], where)
            check(stage["entered"]["week"] == inside["stages"][i]["entered"], f"{where}: entered {stage['entered']}, {inside['stages'][i]['entered']} by funnel --from --to")
            if history_stands:
                check_moved(stage, end["stages"][i], begin["stages"][i], earlier["stages"][i], where)
            weeks = [past["stages"][i]["entered"] for past in funnel["history"][-1 - funnel["mean_weeks"]:-1]]
            mean = sum(weeks) / len(weeks) if weeks else None
            check(stage["entered"]["mean"] == mean, f"{where}: mean {stage['entered']}, of the history {mean}")
        check([funnel["total"][name] for name in ("won", "lost", "won_money")] == [end[name] for name in ("won", "lost", "won_money")], f"{week}: {funnel['total']}, {end} by funnel")
        if history_stands:
            check(funnel["won"]["week"] == end["won"] - begin["won"], f"{week}: won {funnel['won']}, {begin['won']} to {end['won']} by funnel")
            check(cents(funnel["won_money"]["week"]) == cents(end["won_money"]) - cents(begin["won_money"]), f"{week}: won money {funnel['won_money']}")


def law_report(weir, folder, rng):
    """The weekly report balances with the funnel, to the cent; also its past weeks, where nothing rewrites the past."""
    plain = rng.random() < 0.6
    options = {"known_is_occurred": True, "plain": True} if plain else {}
    world = generator.Generator(rng, rng.choice((4, 12, 30)), **options).world()
    moments = world.moments()
    workspaces.write_world(folder / "w", world, moments[-1] + datetime.timedelta(days=30), "csv", True)
    weir.ingest(folder / "w")
    for moment in rng.sample(moments, min(2, len(moments))):
        year, week, _ = moment.isocalendar()
        check_report(weir, folder / "w", f"{year:04}-W{week:02}", plain)
