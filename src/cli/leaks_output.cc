#include "cli/leaks_output.h"

#include <fmt/format.h>

namespace weir::cli {
namespace {

constexpr std::size_t kMostGaps = 10;

std::string chance_text(double chance) {
  return chance < 0.0001 ? "<0.0001" : fmt::format("{:.4f}", chance);
}

std::string percent_text(const std::optional<double>& percent) {
  return percent ? fmt::format("{:.0f} %", *percent) : "none";
}

}  // namespace

std::string segment_text(const std::vector<std::pair<std::string, std::string>>& segment) {
  std::string text;
  for (const auto& [name, value] : segment) text += (text.empty() ? "" : ", ") + name + "=" + value;
  return text.empty() ? "(all)" : text;
}

Table leaks_table(const engine::LeaksAnswer& answer, const Zone& zone) {
  using Kind = ColumnKind;
  Table table({{"id"},
               {"kind"},
               {"funnel"},
               {"from"},
               {"to"},
               {"segment"},
               {"since", Kind::time},
               {"counted_from", Kind::time},
               {"observed", Kind::number},
               {"expected", Kind::number},
               {"subjects_lost", Kind::number},
               {"value_at_stake", Kind::money},
               {"chance_of_noise", Kind::number}});
  for (const auto& leak : answer.leaks) {
    table.add_row({Cell::text(leak.id.substr(0, 6)), Cell::text(leak.kind), Cell::text(leak.funnel),
                   Cell::text(leak.from), Cell::text(leak.to), Cell::text(segment_text(leak.segment)),
                   Cell::date(zone.day_of(leak.since)), Cell::date(zone.day_of(leak.counted_from)),
                   Cell::integer(leak.observed), Cell::number(leak.expected, 1),
                   Cell::number(leak.subjects_lost, 1),
                   Cell::maybe(leak.value_at_stake, [](Money money) { return Cell::money(money); }),
                   Cell::text(chance_text(leak.chance_of_noise))});
  }
  return table;
}

std::string leaks_remarks(const engine::LeaksAnswer& answer, const Zone& zone) {
  std::string text =
      fmt::format("{} to {}, {} cells scanned; as of {}\n", to_text(zone.day_of(answer.period_from)),
                  to_text(Date{zone.day_of(answer.period_to).days - 1}), answer.cells_scanned,
                  to_text(answer.as_of.as_of));
  if (answer.leaks.empty()) text = "no leak found\n" + text;
  std::size_t shown = 0;
  for (const auto& gap : answer.gaps) {
    if (++shown > kMostGaps) break;
    text += fmt::format("gap: {} {} {}: {} at {:.0f} % of its edge's average before already; no leak\n",
                        gap.funnel, gap.from, segment_text(gap.segment),
                        gap.kind == "stall"  ? "advances"
                        : gap.kind == "loss" ? "losses"
                                             : "silences",
                        gap.baseline_ratio * 100);
  }
  if (answer.gaps.size() > kMostGaps)
    text += fmt::format("and {} more gaps (--json)\n", answer.gaps.size() - kMostGaps);
  for (const auto& least : answer.smallest_detectable) {
    text += fmt::format("smallest {} that {} {} could show: ", least.kind, least.funnel, least.from);
    text += least.enough_evidence
                ? fmt::format("{} of the whole stage, {} of a median segment\n",
                              percent_text(least.edge_percent), percent_text(least.segment_percent))
                : std::string("not enough evidence\n");
  }
  return text;
}

}  // namespace weir::cli
