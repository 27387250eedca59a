#include "features/alive_fit.h"

#include <algorithm>
#include <utility>

#include "base/fixed_math.h"

namespace weir::features {
namespace {

constexpr std::int32_t kFitEvery = 91;
constexpr std::int32_t kFitDays = 182;
constexpr int kIterations = 8;
constexpr std::size_t kMostDays = 200'000;  // that EM looks at
constexpr std::size_t kLeastContacts = 200;
constexpr std::size_t kLeastDaysOfRate = 14;  // subjects whose own rates say how rates differ

struct Sums {
  double alive{0}, quiet{0};  // days at whose begin it was
  double died{0}, revived{0};
  double quiet_contacts{0}, quiet_expected{0};
  double rate_contacts{0}, rate_exposure{0};     // of subjects with enough days, as far as alive
  std::vector<std::pair<double, double>> rates;  // contacts and exposure of each of these
};

// One subject's days in the window.
struct Window {
  std::span<const std::uint8_t> contact;
  std::span<const AliveDay> days;
};

class Smoother {
 public:
  explicit Smoother(const AliveParameters& parameters) : p_(parameters) {}

  // Forward-backward with scaling: adds what the window says.
  void add(const Window& window, Sums& sums) {
    const std::size_t count = window.days.size();
    forward(window);
    double back_alive = 1;
    double back_quiet = 1;
    double contacts = 0;
    double exposure = 0;
    for (std::size_t i = count; i-- > 0;) {
      const double alive_before = i == 0 ? window.days[0].alive : alive_[i - 1];
      const double odds = odds_[i];
      // The four ways through the day; a common factor of alive and quiet cancels.
      const double stays = alive_before * (1 - p_.dies) * back_alive;
      const double dies = alive_before * p_.dies * odds * back_quiet;
      const double revives = (1 - alive_before) * p_.revives * back_alive;
      const double stays_quiet = (1 - alive_before) * (1 - p_.revives) * odds * back_quiet;
      const double total = stays + dies + revives + stays_quiet;
      const double is_quiet = (dies + stays_quiet) / total;
      sums.alive += (stays + dies) / total;
      sums.quiet += (revives + stays_quiet) / total;
      sums.died += dies / total;
      sums.revived += revives / total;
      sums.quiet_contacts += window.contact[i] != 0 ? is_quiet : 0;
      sums.quiet_expected += is_quiet * window.days[i].expected;
      contacts += window.contact[i] != 0 ? 1 - is_quiet : 0;
      exposure += (1 - is_quiet) * window.days[i].factor;
      const double next_alive = (1 - p_.dies) * back_alive + p_.dies * odds * back_quiet;
      const double next_quiet = p_.revives * back_alive + (1 - p_.revives) * odds * back_quiet;
      const double scale = next_alive + next_quiet;
      back_alive = next_alive / scale;
      back_quiet = next_quiet / scale;
    }
    if (count < kLeastDaysOfRate) return;
    sums.rate_contacts += contacts;
    sums.rate_exposure += exposure;
    sums.rates.emplace_back(contacts, exposure);
  }

 private:
  void forward(const Window& window) {
    alive_.resize(window.days.size());
    odds_.resize(window.days.size());
    double alive = window.days.front().alive;
    for (std::size_t i = 0; i < window.days.size(); ++i) {
      odds_[i] =
          (window.contact[i] != 0 ? p_.quiet : 1) * fixed_math::exp(window.days[i].expected * (1 - p_.quiet));
      const double before = alive * (1 - p_.dies) + (1 - alive) * p_.revives;
      alive = before / (before + (1 - before) * odds_[i]);
      alive_[i] = alive;
    }
  }

  const AliveParameters& p_;
  std::vector<double> alive_, odds_;
};

// Gamma of the own rates by moments: contacts are Poisson around rate x exposure.
void fit_rates(const Sums& sums, AliveParameters& parameters) {
  if (sums.rates.size() < 20 || sums.rate_contacts <= 0 || sums.rate_exposure <= 0) return;
  const double mean = sums.rate_contacts / sums.rate_exposure;
  double excess = 0;
  double squares = 0;
  for (const auto& [contacts, exposure] : sums.rates) {
    const double off = contacts - mean * exposure;
    excess += off * off - mean * exposure;
    squares += exposure * exposure;
  }
  const double variance = squares > 0 ? excess / squares : 0;
  parameters.shape = variance > 0 ? std::clamp(mean * mean / variance, 0.5, 20.0) : 20;
  parameters.days = parameters.shape / mean;
}

}  // namespace

bool is_fit_day(std::int32_t day) noexcept {
  return day % kFitEvery == 0;
}

bool fit_alive(std::span<const ObservedDays> subjects, std::span<const std::vector<AliveDay>> history,
               std::int32_t day, AliveParameters& parameters) {
  const std::int32_t from = day - kFitDays;
  std::vector<Window> windows;
  std::vector<std::uint64_t> draws;
  std::size_t days = 0;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    const std::size_t skipped = static_cast<std::size_t>(std::max(0, from - subjects[i].first_day));
    if (skipped >= history[i].size()) continue;
    const std::size_t count = history[i].size() - skipped;
    windows.push_back(
        {std::span(subjects[i].contact).subspan(skipped, count), std::span(history[i]).subspan(skipped)});
    draws.push_back(subjects[i].draw);
    days += count;
  }
  const std::size_t one_of = days / kMostDays + 1;
  std::size_t contacts = 0;
  std::vector<Window> drawn;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    if (draws[i] % one_of != 0) continue;
    drawn.push_back(windows[i]);
    contacts += static_cast<std::size_t>(
        std::count(windows[i].contact.begin(), windows[i].contact.end(), std::uint8_t{1}));
  }
  if (contacts < kLeastContacts) return false;
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    Sums sums;
    Smoother smoother(parameters);
    for (const Window& window : drawn) smoother.add(window, sums);
    // A few days beside what is seen hold chances away from 0 and 1.
    AliveParameters next = parameters;
    next.dies = std::clamp((sums.died + 1) / (sums.alive + 100), 0.001, 0.2);
    next.revives = std::clamp((sums.revived + 1) / (sums.quiet + 100), 0.0005, 0.2);
    next.quiet = std::clamp((sums.quiet_contacts + 0.1) / (sums.quiet_expected + 1), 0.01, 0.7);
    fit_rates(sums, next);
    parameters = next;
  }
  return true;
}

}  // namespace weir::features
