#include "risk/evidence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/fixed_math.h"
#include "base/random.h"
#include "risk/calibration.h"
#include "risk/metrics.h"

namespace weir::risk {
namespace {

using Outcomes = std::vector<std::uint8_t>;

struct Log {
  std::vector<double> scores;
  Outcomes outcomes;
};

// A log cut when it has seen `events` outcomes; `strength` is the slope of the score in log-odds.
Log cut_log(std::size_t events, double strength, Random& random) {
  Log log;
  std::size_t seen = 0;
  while (seen < events) {
    const double score = fixed_math::normal_quantile((random.uniform() + 1e-12) / (1 + 2e-12));
    const bool event = random.chance(probability_of(strength * score - 1.4));
    log.scores.push_back(score);
    log.outcomes.push_back(event ? 1 : 0);
    seen += event ? 1 : 0;
  }
  return log;
}

TEST(Evidence, needs_outcomes_before_it_says_anything) {
  EXPECT_EQ(judge_evidence(400, 9, 5, {}, {}).level, EvidenceLevel::none);
  EXPECT_EQ(judge_evidence(400, 10, 5, {}, {}).level, EvidenceLevel::baseline_only);
  EXPECT_EQ(judge_evidence(400, 391, 5, {}, {}).level, EvidenceLevel::none);  // the rarer class counts
  EXPECT_FALSE(enough_to_train(400, 19, 5));
  EXPECT_TRUE(enough_to_train(400, 20, 5));
  EXPECT_FALSE(enough_to_train(400, 20, 30));
  EXPECT_FALSE(enough_to_train(0, 0, 0));
  EXPECT_EQ(judge_evidence(400, 40, 30, {}, {}).outcomes_needed, 60U);
}

TEST(Evidence, says_what_is_missing) {
  const Evidence few = judge_evidence(57, 4, 6, {}, {});
  EXPECT_EQ(few.sentence,
            "Not enough evidence: 4 outcomes among 57 subjects; a rate with an interval needs 10 and a "
            "ranking 20.");
  const Evidence unproved = judge_evidence(500, 60, 6, {}, {});
  EXPECT_EQ(unproved.level, EvidenceLevel::baseline_only);
  EXPECT_NE(unproved.sentence.find("no ranking has been proved"), std::string::npos);
}

TEST(Evidence, a_ranking_without_signal_is_rarely_believed) {
  Random random(21);
  for (const std::size_t events : {20U, 40U, 100U}) {
    int believed = 0;
    constexpr int kRuns = 600;
    for (int run = 0; run < kRuns; ++run) {
      const Log log = cut_log(events, 0, random);
      const Evidence evidence = judge_evidence(log.scores.size(), events, 5, log.scores, log.outcomes);
      believed += evidence.enough() ? 1 : 0;
    }
    EXPECT_LE(believed, kRuns * 0.075) << events;  // 5 % one-sided, and the simulation's own noise
  }
}

TEST(Evidence, a_real_signal_is_believed_and_ten_outcomes_never_rank) {
  Random random(22);
  int believed[3] = {0, 0, 0};
  const std::size_t events[3] = {10, 40, 100};
  for (int run = 0; run < 200; ++run) {
    for (std::size_t i = 0; i < 3; ++i) {
      const Log log = cut_log(events[i], 1, random);
      believed[i] +=
          judge_evidence(log.scores.size(), events[i], 5, log.scores, log.outcomes).enough() ? 1 : 0;
    }
  }
  EXPECT_EQ(believed[0], 0);
  EXPECT_GE(believed[1], 180);
  EXPECT_EQ(believed[2], 200);
}

// Random logs cut at n = 10, 40, 100 outcomes: the rate's and the AUC's 90 % interval hold the truth.
TEST(Evidence, intervals_of_cut_logs_cover_the_truth) {
  Random random(23);
  const Log large = cut_log(40000, 1, random);
  const double true_rate = 40000.0 / static_cast<double>(large.scores.size());
  const double true_auc = *auc(large.scores, large.outcomes);
  for (const std::size_t events : {10U, 40U, 100U}) {
    int rate_covered = 0;
    int auc_covered = 0;
    constexpr int kRuns = 600;
    for (int run = 0; run < kRuns; ++run) {
      const Log log = cut_log(events, 1, random);
      const RateInterval rate = rate_interval(events, log.scores.size());
      rate_covered += rate.low <= true_rate && true_rate <= rate.high ? 1 : 0;
      const auto area = auc_interval(log.scores, log.outcomes, 0.9);
      auc_covered += area->low <= true_auc && true_auc <= area->high ? 1 : 0;
    }
    EXPECT_GE(rate_covered, kRuns * 0.87) << events;
    EXPECT_GE(auc_covered, kRuns * 0.865) << events;
  }
}

TEST(Evidence, exact_interval_at_the_edges) {
  EXPECT_EQ(rate_interval(0, 0).high, 1);
  EXPECT_EQ(rate_interval(0, 10).low, 0);
  EXPECT_NEAR(rate_interval(0, 10).high, 1 - std::pow(0.05, 0.1), 1e-12);
  EXPECT_NEAR(rate_interval(10, 10).low, std::pow(0.05, 0.1), 1e-12);
  // Clopper-Pearson of 3 in 20 at 95 %: 0.0320709 ... 0.3789268.
  EXPECT_NEAR(rate_interval(3, 20, 0.95).low, 0.0320709, 1e-6);
  EXPECT_NEAR(rate_interval(3, 20, 0.95).high, 0.3789268, 1e-6);
}

}  // namespace
}  // namespace weir::risk
