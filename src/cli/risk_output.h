// Scores, reasons and models as people read them.
#pragma once

#include <string>
#include <vector>

#include "cli/table.h"
#include "engine/score_answer.h"
#include "engine/train.h"
#include "engine/why_answer.h"

namespace weir::cli {

inline constexpr std::int64_t kShownSubjects = 20;

// The first `limit` subjects; 0: all.
[[nodiscard]] Table scores_table(const engine::ScoreAnswer& answer, std::int64_t limit);
[[nodiscard]] Table accounts_table(const std::vector<engine::ScoredAccount>& accounts);
// Which features are distributed otherwise than the model knows them, in one line; "" when none are.
[[nodiscard]] std::string drift_text(const risk::DriftReport& drift);
// What stands under the table: what is predicted, by which model, how good it was; or why there is no
// ranking.
[[nodiscard]] std::string score_remarks(const engine::ScoreAnswer& answer);

// Ten at most that are worth a call today: the amount or, where there is none, the chance that is at stake.
// With reasons.
[[nodiscard]] std::string to_save_today(const engine::ScoreAnswer& answer, std::size_t most);

// One page.
[[nodiscard]] std::string why_page(const engine::WhyAnswer& answer, const Zone& zone);

// The rankings of a model's evaluation, one row each.
[[nodiscard]] Table evaluation_table(const risk::Model& model);
// What was learned from what, what was left out and why.
[[nodiscard]] std::string model_text(const risk::Model& model, const std::string& version);

// To standard error.
void print_note(const std::string& text);
// The same as "note: ..." lines.
void print_notes(const std::vector<std::string>& notes);

}  // namespace weir::cli
