#include "cli/report_sections.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/leaks_output.h"

namespace weir::cli {
namespace {

using Kind = ColumnKind;

constexpr std::size_t kShownItems = 5;
constexpr std::size_t kReasons = 3;

Cell text(const std::string& value) {
  return value.empty() ? Cell::null() : Cell::text(value);
}
Cell number(const std::optional<double>& value, int decimals) {
  return Cell::maybe(value, [decimals](double of) { return Cell::number(of, decimals); });
}
Cell money(const std::optional<Money>& value) {
  return Cell::maybe(value, [](Money of) { return Cell::money(of); });
}

// Money in a column of counts: its name says the currency.
std::string won_money_name(const engine::FunnelReport& funnel) {
  return funnel.total_won_money ? "won money, " + std::string(funnel.total_won_money->currency.code())
                                : "won money";
}

Table changes_table(const engine::WeeklyReport& report) {
  Table table({{"funnel"},
               {"stage"},
               {"figure"},
               {"week", Kind::number},
               {"week_before", Kind::number},
               {"mean_of_8_weeks", Kind::number}});
  for (const auto& funnel : report.funnels) {
    const auto row = [&](const std::string& stage, const char* name, const engine::CountFigure& figure) {
      table.add_row({Cell::text(funnel.funnel), text(stage), Cell::text(name), Cell::integer(figure.now),
                     Cell::integer(figure.before), number(figure.mean, 1)});
    };
    for (const auto& stage : funnel.stages) {
      row(stage.stage, "entered", stage.entered);
      row(stage.stage, "advanced", stage.advanced);
      row(stage.stage, "lost", stage.lost);
      row(stage.stage, "dormant", stage.silenced);
      row(stage.stage, "back", stage.back);
      row(stage.stage, "open at the end", {stage.open_now, stage.open_before, std::nullopt});
      row(stage.stage, "dormant at the end", {stage.dormant_now, stage.dormant_before, std::nullopt});
    }
    row("", "won", funnel.won);
    table.add_row({Cell::text(funnel.funnel), Cell::null(), Cell::text(won_money_name(funnel)),
                   money(funnel.won_money.now), money(funnel.won_money.before),
                   money(funnel.won_money.mean)});
    row("", "lost subjects", funnel.lost);
  }
  return table;
}

Table conversion_table(const engine::WeeklyReport& report) {
  Table table({{"funnel"},
               {"stage"},
               {"window_days", Kind::number},
               {"conversion", Kind::number},
               {"low", Kind::number},
               {"high", Kind::number},
               {"said_week_before", Kind::number},
               {"week_before_known_now", Kind::number},
               {"entered", Kind::number},
               {"advanced", Kind::number},
               {"lost", Kind::number},
               {"dormant", Kind::number},
               {"back", Kind::number},
               {"open", Kind::number}});
  for (const auto& funnel : report.funnels) {
    for (const auto& stage : funnel.stages) {
      const auto& c = stage.conversion;
      const auto& total = stage.total.conversion;
      table.add_row({Cell::text(funnel.funnel), Cell::text(stage.stage), Cell::number(c.window_days, 0),
                     number(c.now, 3), number(c.low, 3), number(c.high, 3), number(c.said_before, 3),
                     number(c.before_known_now, 3), Cell::integer(total.entered),
                     Cell::integer(total.advanced), Cell::integer(total.lost), Cell::integer(total.dormant),
                     Cell::integer(total.back), Cell::integer(total.open)});
    }
  }
  return table;
}

Table totals_table(const engine::WeeklyReport& report) {
  Table table({{"funnel"},
               {"tracks"},
               {"won", Kind::number},
               {"won_money", Kind::money},
               {"lost", Kind::number},
               {"weeks_in_mean", Kind::number}});
  for (const auto& funnel : report.funnels) {
    table.add_row({Cell::text(funnel.funnel), Cell::text(funnel.subject), Cell::integer(funnel.total_won),
                   money(funnel.total_won_money), Cell::integer(funnel.total_lost),
                   Cell::integer(funnel.mean_weeks)});
  }
  return table;
}

Table late_table(const engine::WeeklyReport& report) {
  Table table({{"funnel"},
               {"stage"},
               {"week"},
               {"figure"},
               {"said_then", Kind::number},
               {"known_now", Kind::number}});
  for (const auto& change : report.late) {
    table.add_row({Cell::text(change.funnel), text(change.stage), Cell::text(to_text(change.week)),
                   Cell::text(change.figure), Cell::integer(change.said), Cell::integer(change.now)});
  }
  return table;
}

Table leaks_section(const engine::WeeklyReport& report, const Zone& zone) {
  Table table({{"news"},
               {"kind"},
               {"funnel"},
               {"from"},
               {"to"},
               {"segment"},
               {"since", Kind::time},
               {"observed", Kind::number},
               {"expected", Kind::number},
               {"subjects_lost", Kind::number},
               {"value_at_stake", Kind::money},
               {"value_is"},
               {"chance_of_noise", Kind::number},
               {"id"}});
  for (const auto& [news, leak] : report.leaks) {
    table.add_row(
        {Cell::text(engine::to_text(news)), Cell::text(leak.kind), Cell::text(leak.funnel),
         Cell::text(leak.from), Cell::text(leak.to), Cell::text(segment_text(leak.segment)),
         Cell::date(zone.day_of(leak.since)), Cell::integer(leak.observed), Cell::number(leak.expected, 1),
         Cell::number(leak.subjects_lost, 1), money(leak.value_at_stake),
         leak.value_at_stake ? Cell::text(leak.value_estimated ? "estimated" : "known") : Cell::null(),
         Cell::number(leak.chance_of_noise, 4), Cell::text(leak.id)});
  }
  return table;
}

std::string proof_text(const engine::ReportedReason& reason, const Zone& zone) {
  if (!reason.proof) return {};
  return fmt::format("{} {} {} row {}", reason.proof->type, to_text(zone.day_of(reason.proof->occurred_at)),
                     reason.proof->file, reason.proof->row);
}

void add_reasons(std::vector<Cell>& cells, const engine::WorkItem& item, const Zone& zone) {
  for (std::size_t i = 0; i < kReasons; ++i) {
    if (i >= item.reasons.size()) {
      for (int none = 0; none < 3; ++none) cells.push_back(Cell::null());
      continue;
    }
    cells.push_back(Cell::text((item.reasons[i].raises ? "" : "against: ") + item.reasons[i].text));
    cells.push_back(Cell::number(item.reasons[i].effect, 2));
    cells.push_back(text(proof_text(item.reasons[i], zone)));
  }
}

std::vector<TableColumn> with_reasons(std::vector<TableColumn> columns) {
  for (const char* number : {"1", "2", "3"}) {
    columns.push_back({std::string("reason_") + number});
    columns.push_back({std::string("effect_") + number, Kind::number});
    columns.push_back({std::string("proof_") + number});
  }
  return columns;
}

// Subjects of all lists. `chance_at`: the place of advance_probability among the columns, where readers look
// for it.
Table items_table(const engine::WeeklyReport& report, const Zone& zone,
                  std::vector<engine::WorkItem> engine::WorkList::*items, std::ptrdiff_t chance_at) {
  std::vector<TableColumn> columns{{"risk"},
                                   {"subject"},
                                   {"stage"},
                                   {"days_in_stage", Kind::number},
                                   {"days_since_touch", Kind::number},
                                   {"state"},
                                   {"owner"},
                                   {"account"},
                                   {"amount", Kind::money},
                                   {"probability", Kind::number},
                                   {"low", Kind::number},
                                   {"high", Kind::number},
                                   {"expected_loss", Kind::money},
                                   {"band"},
                                   {"trend"}};
  columns.insert(columns.begin() + chance_at, {"advance_probability", Kind::number});
  Table table(with_reasons(std::move(columns)));
  for (const auto& list : report.work) {
    for (const auto& item : list.*items) {
      std::vector<Cell> cells{Cell::text(list.risk),
                              Cell::text(item.subject),
                              text(item.stage),
                              Cell::number(item.days_in_stage, 0),
                              number(item.days_since_touch, 0),
                              Cell::text(item.dormant ? "dormant" : "open"),
                              text(item.owner),
                              text(item.account),
                              money(item.amount),
                              number(item.probability, 3),
                              number(item.low, 3),
                              number(item.high, 3),
                              money(item.expected_loss),
                              text(item.band),
                              Cell::text(item.trend)};
      cells.insert(cells.begin() + chance_at, number(item.advance_probability, 3));
      add_reasons(cells, item, zone);
      table.add_row(std::move(cells));
    }
  }
  return table;
}

Table ready_table(const engine::WeeklyReport& report, const Zone& zone) {
  return items_table(report, zone, &engine::WorkList::ready, 9);
}

Table lists_table(const engine::WeeklyReport& report) {
  Table table({{"risk"},
               {"outcome"},
               {"model_version"},
               {"feature_version"},
               {"context_version"},
               {"scored", Kind::number},
               {"at_risk_listed", Kind::number},
               {"ready_listed", Kind::number},
               {"ranked_by"}});
  for (const auto& list : report.work) {
    table.add_row({Cell::text(list.risk), Cell::text(list.outcome), Cell::text(list.model_version),
                   text(list.feature_version), text(list.context_version), Cell::integer(list.scored),
                   Cell::integer(static_cast<std::int64_t>(list.items.size())),
                   Cell::integer(static_cast<std::int64_t>(list.ready.size())), Cell::text(list.ranked_by)});
  }
  return table;
}

Table checks_table(const engine::WeeklyReport& report) {
  Table table({{"check"}, {"found", Kind::number}, {"about"}});
  for (const auto& check : report.checks)
    table.add_row({Cell::text(check.name), Cell::integer(check.found), Cell::text(check.about)});
  return table;
}

Table gaps_table(const engine::WeeklyReport& report) {
  Table table({{"funnel"}, {"gap"}, {"subjects", Kind::number}});
  for (const auto& funnel : report.funnels) {
    const auto row = [&](const char* gap, std::int64_t count) {
      table.add_row({Cell::text(funnel.funnel), Cell::text(gap), Cell::integer(count)});
    };
    row("undated: known to a source, no dated event", funnel.undated);
    row("without stage: dated events that enter no stage", funnel.without_stage);
    row("won before any entry", funnel.won_first);
    row("entered after the win", funnel.entered_after_won);
    row("amounts without a rate of exchange", funnel.amounts_without_rate);
  }
  return table;
}

Table quarantine_table(const engine::WeeklyReport& report) {
  Table table({{"source"}, {"clause"}, {"field"}, {"records", Kind::number}});
  for (const auto& group : report.quarantine)
    table.add_row({Cell::text(group.source), Cell::text(group.clause), text(group.field),
                   Cell::integer(group.records)});
  return table;
}

Table silent_table(const engine::WeeklyReport& report) {
  Table table({{"source"},
               {"last_event", Kind::time},
               {"days_without", Kind::number},
               {"longest_before", Kind::number}});
  for (const auto& source : report.silent) {
    table.add_row({Cell::text(source.source), Cell::time(source.last_at), Cell::integer(source.days),
                   Cell::integer(source.longest_days)});
  }
  return table;
}

Table not_said_table(const engine::WeeklyReport& report) {
  Table table({{"about"}, {"why"}});
  for (const auto& one : report.not_said) table.add_row({Cell::text(one.about), Cell::text(one.why)});
  return table;
}

Table history_table(const engine::WeeklyReport& report) {
  Table table({{"funnel"},
               {"stage"},
               {"week"},
               {"entered", Kind::number},
               {"advanced", Kind::number},
               {"lost", Kind::number},
               {"dormant", Kind::number},
               {"back", Kind::number}});
  for (const auto& funnel : report.funnels) {
    for (std::size_t stage = 0; stage < funnel.stages.size(); ++stage) {
      for (const auto& week : funnel.flow.weeks) {
        const auto& flow = week.stages[stage];
        table.add_row({Cell::text(funnel.funnel), Cell::text(funnel.stages[stage].stage),
                       Cell::text(to_text(week.week)), Cell::integer(flow.entered),
                       Cell::integer(flow.advanced), Cell::integer(flow.lost), Cell::integer(flow.silenced),
                       Cell::integer(flow.back)});
      }
    }
  }
  return table;
}

Table outcomes_table(const engine::WeeklyReport& report) {
  Table table(
      {{"funnel"}, {"week"}, {"won", Kind::number}, {"won_money", Kind::money}, {"lost", Kind::number}});
  for (const auto& funnel : report.funnels) {
    for (const auto& week : funnel.flow.weeks) {
      const auto won = week.won_minor && funnel.total_won_money
                           ? std::optional(Money{*week.won_minor, funnel.total_won_money->currency})
                           : std::nullopt;
      table.add_row({Cell::text(funnel.funnel), Cell::text(to_text(week.week)), Cell::integer(week.won),
                     money(won), Cell::integer(week.lost)});
    }
  }
  return table;
}

std::string beside(const engine::CountFigure& figure) {
  return fmt::format("{} ({}, {})", figure.now, figure.before,
                     figure.mean ? fmt::format("{:.1f}", *figure.mean) : "-");
}

std::string money_or_none(const std::optional<Money>& sum) {
  return sum ? to_readable(*sum) : "-";
}

std::string summary_of_leaks(const engine::WeeklyReport& report) {
  const auto count = [&](engine::LeakNews news) {
    return std::count_if(report.leaks.begin(), report.leaks.end(),
                         [&](const auto& leak) { return leak.news == news; });
  };
  std::string lines = fmt::format("\nleaks: {} new, {} known, {} gone\n", count(engine::LeakNews::is_new),
                                  count(engine::LeakNews::known), count(engine::LeakNews::gone));
  std::size_t shown = 0;
  for (const auto& [news, leak] : report.leaks) {
    if (++shown > kShownItems) break;
    lines += fmt::format("  {}: {} {} {} {}, {:.1f} subjects{}\n", engine::to_text(news), leak.kind,
                         leak.funnel, leak.from, segment_text(leak.segment), leak.subjects_lost,
                         leak.value_at_stake ? ", " + to_readable(*leak.value_at_stake) +
                                                   (leak.value_estimated ? " estimated" : "")
                                             : "");
  }
  return lines;
}

std::string summary_of_work(const engine::WeeklyReport& report) {
  std::string lines;
  for (const auto& list : report.work) {
    lines += fmt::format("\nto work, {}: {} subjects, by {}; {} scored\n", list.risk, list.items.size(),
                         list.ranked_by, list.scored);
    for (std::size_t i = 0; i < std::min(list.items.size(), kShownItems); ++i) {
      const auto& item = list.items[i];
      lines += fmt::format("  {}  {}  {:.0f} days", item.subject, item.stage, item.days_in_stage);
      if (item.probability)
        lines += fmt::format("  {:.0f} % [{:.0f}, {:.0f}]", *item.probability * 100,
                             item.low.value_or(0) * 100, item.high.value_or(1) * 100);
      if (!item.probability && item.days_since_touch)
        lines += fmt::format("  {:.0f} days without a touch", *item.days_since_touch);
      if (item.amount) lines += "  " + to_readable(*item.amount);
      lines += (item.reasons.empty() ? "" : "  " + item.reasons.front().text) + "\n";
    }
    if (!list.ready.empty()) lines += fmt::format("  ready to advance: {}\n", list.ready.size());
  }
  return lines;
}

}  // namespace

Table work_table(const engine::WeeklyReport& report, const Zone& zone) {
  return items_table(report, zone, &engine::WorkList::items, 15);
}

std::vector<ReportSection> report_sections(const engine::WeeklyReport& report, const Zone& zone) {
  std::vector<ReportSection> sections;
  sections.push_back(
      {"changes", "What changed",
       "Counts of the week beside the week before and the mean of the 8 weeks before. Entered is what `weir "
       "funnel` counts of the week's entries; the others count in the week in which they happened.",
       changes_table(report)});
  sections.push_back(
      {"late", "Past weeks that changed",
       "What the report of the week before said of past weeks, where data that came late says otherwise now.",
       late_table(report)});
  sections.push_back({"leaks", "Leaks",
                      "Where fewer move on than should: new since the week before, known, and gone.",
                      leaks_section(report, zone)});
  sections.push_back({"work", "List to work",
                      "Open subjects at risk, those to work first on top; how they are ordered stands under "
                      "\"Behind the lists\". Each reason names the newest event that proves it.",
                      work_table(report, zone)});
  sections.push_back({"ready", "Ready to advance", "Subjects among the tenth most likely to move on.",
                      ready_table(report, zone)});
  sections.push_back(
      {"conversion", "Conversion",
       "Aalen-Johansen at the stage's window over all stays up to the end of the week, with its 95 % band. "
       "Said a week before, and the same moment as known now: what differs between these two came late. The "
       "counts are those of `weir funnel` at the end of the week.",
       conversion_table(report)});
  sections.push_back({"totals", "Won and lost so far", "As `weir funnel` says at the end of the week.",
                      totals_table(report)});
  sections.push_back({"checks", "Checks that found something",
                      fmt::format("Of {} checks; `weir checks --list NAME` shows each.", report.checks_run),
                      checks_table(report)});
  sections.push_back(
      {"data_gaps", "Data gaps", "Subjects in no count or in an odd one.", gaps_table(report)});
  sections.push_back({"quarantine", "In quarantine",
                      "Records that broke their contract, as of now; `weir quarantine show` shows them.",
                      quarantine_table(report)});
  sections.push_back({"silent_sources", "Silent sources",
                      "Without an event for longer than ever in their last 90 active days: silence of "
                      "everybody means broken, not disengaged.",
                      silent_table(report)});
  sections.push_back({"not_said", "What could not be said", "And why.", not_said_table(report)});
  sections.push_back({"models", "Behind the lists",
                      "The prediction, its versions and how the list is ordered.", lists_table(report)});
  sections.push_back({"history", "The last 13 weeks by stage",
                      "Each count stands in the week in which it happened.", history_table(report)});
  sections.push_back({"outcomes", "The last 13 weeks: won and lost", "", outcomes_table(report)});
  return sections;
}

std::string report_headline(const engine::WeeklyReport& report, const Zone& zone) {
  return fmt::format(
      "{}, {} to {} ({}); as of {}{}", to_text(report.week), to_text(zone.day_of(report.from)),
      to_text(zone.day_of(report.to - 1)), report.zone, to_text(report.as_of.as_of),
      report.as_of.known_at == kNeverKnown ? "" : ", as known at " + to_text(report.as_of.known_at));
}

std::string report_summary(const engine::WeeklyReport& report, const Zone& zone) {
  std::string page = report_headline(report, zone) + "\n\n";
  Table table({{"funnel"},
               {"stage"},
               {"entered", Kind::number},
               {"advanced", Kind::number},
               {"lost", Kind::number},
               {"dormant", Kind::number},
               {"back", Kind::number},
               {"open", Kind::number},
               {"conversion", Kind::number}});
  for (const auto& funnel : report.funnels) {
    for (const auto& stage : funnel.stages) {
      table.add_row({Cell::text(funnel.funnel), Cell::text(stage.stage), Cell::text(beside(stage.entered)),
                     Cell::text(beside(stage.advanced)), Cell::text(beside(stage.lost)),
                     Cell::text(beside(stage.silenced)), Cell::text(beside(stage.back)),
                     Cell::text(fmt::format("{} ({})", stage.open_now, stage.open_before)),
                     stage.conversion.now ? Cell::text(fmt::format("{:.1f} %", *stage.conversion.now * 100))
                                          : Cell::null()});
    }
  }
  page += table.to_text() + "in brackets: the week before, the mean of the 8 weeks before\n";
  for (const auto& funnel : report.funnels) {
    page += fmt::format("{}: won {}, {} ({}, {}); lost {}\n", funnel.funnel, beside(funnel.won),
                        money_or_none(funnel.won_money.now), money_or_none(funnel.won_money.before),
                        money_or_none(funnel.won_money.mean), beside(funnel.lost));
  }
  if (!report.late.empty())
    page += fmt::format("late data changed {} of past weeks\n",
                        report.late.size() == 1 ? "1 figure" : fmt::format("{} figures", report.late.size()));
  page += summary_of_leaks(report) + summary_of_work(report);
  page += fmt::format("\nchecks: {} of {} found something\n", report.checks.size(), report.checks_run);
  for (const auto& source : report.silent)
    page += fmt::format("silent source: {}, {} days without an event (longest before: {})\n", source.source,
                        source.days, source.longest_days);
  if (!report.not_said.empty()) page += "what could not be said\n";
  for (const auto& one : report.not_said) page += "  " + one.about + ": " + one.why + "\n";
  return page +
         "\n`weir report weekly --out weekly.html` writes all of it (DIR/: CSV files; .csv: the list to "
         "work; --json)\n";
}

}  // namespace weir::cli
