#include "funnel/step_funnel.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <thread>

#include "base/check.h"
#include "funnel/step_sweep.h"

namespace weir::funnel {

using timeline::Handle;
using timeline::Row;
using timeline::Runs;
using timeline::TimelineStore;

namespace {

// The query in the codes of the store: a time code times its unit, since its epoch.
StepQuery in_codes(const StepQuery& query, const Runs& runs) {
  StepQuery coded = query;
  const auto length = [&](std::int64_t& window) {
    if (window != kNoWindow) window /= runs.unit;
  };
  length(coded.window);
  for (auto& window : coded.step_windows) length(window);
  for (auto& step : coded.optional) length(step.window);
  const auto moment = [&](std::int64_t time) {
    return static_cast<std::int64_t>(
        std::min<std::uint64_t>(runs.codes_before(time), static_cast<std::uint64_t>(INT64_MAX)));
  };
  coded.from = query.from == INT64_MIN ? INT64_MIN : moment(query.from);
  coded.to = query.to == INT64_MAX ? INT64_MAX : moment(query.to);
  return coded;
}

// Writes attempts one after the other. Those of two threads share no line of the cache.
class alignas(64) AttemptWriter {
 public:
  // From attempt `first` on, below `end`, into columns that have them all; or into columns of its own, that
  // grow.
  AttemptWriter(Attempts& to, std::size_t first, std::size_t end) noexcept
      : to_(&to), first_(first), next_(first), end_(end), grows_(false) {}
  explicit AttemptWriter(Attempts& to) noexcept : to_(&to) {}

  // `place_of` says the place in the store's runs of a place among the subject's events.
  template <typename PlaceOf>
  void add(std::uint32_t subject, const Way& way, const PlaceOf& place_of) {
    if (next_ == end_) grow();
    Attempts& to = *to_;
    to.subject[next_] = subject;
    to.done[next_] = way.done;
    const std::size_t at = next_ * to.steps;
    for (std::size_t step = 0; step < to.steps; ++step) {
      const bool done = ((way.done >> step) & 1U) != 0;
      const std::size_t place = done ? place_of(way.place[step]) : 0;
      to.places[at + step] = static_cast<std::uint32_t>(place);
      if (!to.above.empty()) to.above[at + step] = static_cast<std::uint8_t>(place >> 32U);
    }
    ++next_;
  }
  [[nodiscard]] const Attempts& written() const noexcept { return *to_; }
  [[nodiscard]] std::size_t first() const noexcept { return first_; }
  [[nodiscard]] std::size_t count() const noexcept { return next_ - first_; }

 private:
  void grow() {
    WEIR_CHECK(grows_, "more attempts than one of each subject");
    end_ = std::max<std::size_t>(1'000, 2 * end_);
    to_->resize(end_);
  }

  Attempts* to_;
  std::size_t first_{0}, next_{0}, end_{0};
  bool grows_{true};
};

// Sweeps a range of subjects. `Code` is the width of the store's time codes.
template <typename Code>
class RangeSweep {
 public:
  RangeSweep(const TimelineStore& store, std::span<const Code> codes, const OwnRuns& subjects,
             const StepFunnel& funnel, const StepQuery& coded, AttemptWriter& out)
      : store_(store),
        runs_(store.runs()),
        codes_(codes),
        subjects_(subjects),
        funnel_(funnel),
        coded_(coded),
        sweep_(coded, funnel.masks),
        end_code_(runs_.codes_before(micros_of(funnel.as_of.as_of))),
        out_(out) {
    const std::uint32_t apart = funnel.as_of.known_at == kNeverKnown
                                    ? timeline::kRowRetracted
                                    : timeline::kRowRetracted | timeline::kRowKnownApart;
    hidden_.resize(store.signals().size());
    for (std::size_t signal = 0; signal < hidden_.size(); ++signal)
      hidden_[signal] = (store.signals().flags(signal) & apart) != 0 ? 1 : 0;
    // What happened before the as-of was then known to everybody who asks at that time or later.
    const bool asks_earlier = funnel.as_of.known_at != kNeverKnown &&
                              micros_of(funnel.as_of.known_at) < micros_of(funnel.as_of.as_of);
    if (asks_earlier) std::fill(hidden_.begin(), hidden_.end(), std::uint8_t{1});
    any_hidden_ = std::find(hidden_.begin(), hidden_.end(), 1) != hidden_.end();
  }

  void sweep(std::size_t begin, std::size_t end) {
    for (std::size_t subject = begin; subject < end; ++subject) {
      const auto own = subjects_.of(subject);
      if (own.is_plain() && !funnel_.held && runs_.has_signals() &&
          sweep_run(static_cast<std::uint32_t>(subject), subjects_.handle(subject))) {
        continue;
      }
      gather(own.runs());
      if (funnel_.held) {
        sweep_held(static_cast<std::uint32_t>(subject));
      } else {
        sweep_gathered(static_cast<std::uint32_t>(subject));
      }
    }
  }

 private:
  // One handle, nothing hidden: the run lies in memory as the kernel wants it. False: it has to be looked at
  // closer.
  bool sweep_run(std::uint32_t subject, Handle handle) {
    const std::size_t begin = runs_.offsets[handle];
    std::size_t end = runs_.offsets[handle + 1];
    if (end > begin && codes_[end - 1] >= end_code_) {
      end = static_cast<std::size_t>(std::lower_bound(codes_.begin() + static_cast<std::ptrdiff_t>(begin),
                                                      codes_.begin() + static_cast<std::ptrdiff_t>(end),
                                                      end_code_) -
                                     codes_.begin());
    }
    const auto signals = runs_.signals.subspan(begin, end - begin);
    if (any_hidden_ && std::any_of(signals.begin(), signals.end(),
                                   [&](std::uint16_t signal) { return hidden_[signal] != 0; }))
      return false;
    ways_.clear();
    sweep_.run(codes_.subspan(begin, end - begin), signals, ways_);
    for (const Way& way : ways_) out_.add(subject, way, [&](std::uint32_t i) { return begin + i; });
    return true;
  }

  // The events of all its runs that are seen, once each, in the order of rows.
  void gather(std::span<const Run> own) {
    places_.clear();
    for (const Run& run : own) {
      if (!funnel_.as_of.sees_link(run.known_from, run.known_until)) continue;
      const auto middle = static_cast<std::ptrdiff_t>(places_.size());
      for (std::size_t place = runs_.offsets[run.handle];
           place < runs_.offsets[run.handle + 1] && codes_[place] < end_code_; ++place) {
        if (is_seen(place)) places_.push_back(place);
      }
      std::inplace_merge(places_.begin(), places_.begin() + middle, places_.end(),
                         [&](std::size_t a, std::size_t b) { return runs_.rows[a] < runs_.rows[b]; });
    }
    places_.erase(std::unique(places_.begin(), places_.end(),
                              [&](std::size_t a, std::size_t b) { return runs_.rows[a] == runs_.rows[b]; }),
                  places_.end());
    times_.clear();
    masks_.clear();
    for (const std::size_t place : places_) {
      times_.push_back(static_cast<std::int64_t>(codes_[place]));
      masks_.push_back(funnel_.masks[signal_of(place)]);
    }
  }
  [[nodiscard]] std::uint32_t signal_of(std::size_t place) const noexcept {
    return runs_.has_signals() ? runs_.signals[place] : store_.columns().signal[runs_.rows[place]];
  }
  [[nodiscard]] bool is_seen(std::size_t place) const noexcept {
    if (hidden_[signal_of(place)] == 0) return true;
    const auto& c = store_.columns();
    const Row row = runs_.rows[place];
    return funnel_.as_of.sees(c.occurred_at[row], c.known_at[row], c.retracted_at[row]);
  }

  void sweep_gathered(std::uint32_t subject) {
    ways_.clear();
    sweep_.run(times_, masks_, ways_);
    for (const Way& way : ways_) out_.add(subject, way, [&](std::uint32_t i) { return places_[i]; });
  }

  // Each value has its own events; of the ways of all values those count that would have counted among
  // themselves.
  void sweep_held(std::uint32_t subject) {
    by_value_.clear();
    for (std::uint32_t i = 0; i < places_.size(); ++i) {
      const std::uint32_t value = funnel_.held(subject, runs_.rows[places_[i]]);
      if (value != kNoValue) by_value_.emplace_back(value, i);
    }
    std::sort(by_value_.begin(), by_value_.end());
    held_ways_.clear();
    for (std::size_t begin = 0; begin < by_value_.size();) {
      std::size_t end = begin;
      times_of_value_.clear();
      masks_of_value_.clear();
      for (; end < by_value_.size() && by_value_[end].first == by_value_[begin].first; ++end) {
        times_of_value_.push_back(times_[by_value_[end].second]);
        masks_of_value_.push_back(masks_[by_value_[end].second]);
      }
      ways_.clear();
      sweep_.run(times_of_value_, masks_of_value_, ways_);
      for (Way& way : ways_) {
        for (auto& place : way.place) place = by_value_[std::min(begin + place, end - 1)].second;
        held_ways_.push_back(way);
      }
      begin = end;
    }
    choose_held();
    for (const Way& way : held_ways_) out_.add(subject, way, [&](std::uint32_t i) { return places_[i]; });
  }
  void choose_held() {
    const std::uint32_t required = (1U << coded_.required) - 1;
    const auto depth = [&](const Way& way) {
      return static_cast<std::uint32_t>(std::popcount(way.done & required));
    };
    const auto arrival = [&](const Way& way) { return way.place[depth(way) - 1]; };
    if (coded_.entry == Entry::best) {
      std::sort(held_ways_.begin(), held_ways_.end(), [&](const Way& a, const Way& b) {
        return depth(a) != depth(b)
                   ? depth(a) > depth(b)
                   : arrival(a) < arrival(b);  // one event has one value: no two arrive there
      });
    } else {
      std::sort(held_ways_.begin(), held_ways_.end(),
                [](const Way& a, const Way& b) { return a.place[0] < b.place[0]; });
    }
    if (coded_.entry != Entry::every && held_ways_.size() > 1) held_ways_.resize(1);
  }

  const TimelineStore& store_;
  const Runs& runs_;
  std::span<const Code> codes_;
  const OwnRuns& subjects_;
  const StepFunnel& funnel_;
  const StepQuery& coded_;
  StepSweep sweep_;
  std::uint64_t end_code_;
  AttemptWriter& out_;
  std::vector<std::uint8_t> hidden_;  // per signal: whether its rows have to be asked one by one
  bool any_hidden_{false};
  std::vector<Way> ways_, held_ways_;
  std::vector<std::size_t> places_;
  std::vector<std::int64_t> times_, times_of_value_;
  std::vector<std::uint32_t> masks_, masks_of_value_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> by_value_;
};

// The attempts [from, from + count) of one, as those from `to` on of another or of the same.
void move_attempts(const Attempts& of, std::size_t from, std::size_t count, Attempts& into, std::size_t to) {
  const auto move = [&](const auto& source, auto& target, std::size_t each) {
    if (source.empty()) return;
    std::memmove(target.data() + to * each, source.data() + from * each, count * each * sizeof(source[0]));
  };
  move(of.subject, into.subject, 1);
  move(of.done, into.done, 1);
  move(of.places, into.places, of.steps);
  move(of.above, into.above, of.steps);
}

}  // namespace

std::vector<std::uint32_t> step_masks(const timeline::Signals& signals,
                                      std::span<const StepSelector> selectors) {
  std::vector<std::uint32_t> masks(signals.size(), 0);
  for (std::size_t signal = 0; signal < masks.size(); ++signal) {
    for (const StepSelector& selector : selectors) {
      const bool holds =
          selector.type ? signals.type(signal) == *selector.type
                        : selector.condition != kNoCondition && signals.holds(signal, selector.condition);
      if (holds) masks[signal] |= 1U << selector.bit;
    }
  }
  return masks;
}

void Attempts::resize(std::size_t attempts) {
  subject.resize(attempts);
  done.resize(attempts);
  places.resize(attempts * steps);
  if (runs.size() > std::size_t{UINT32_MAX}) above.resize(attempts * steps);
}

Attempts run_step_funnel(const TimelineStore& store, const OwnRuns& subjects, const StepFunnel& funnel) {
  const StepQuery coded = in_codes(funnel.query, store.runs());
  const std::size_t parts =
      std::clamp<std::size_t>(static_cast<std::size_t>(funnel.threads), 1, subjects.size() / 1'000 + 1);
  const auto first_of = [&](std::size_t part) { return subjects.size() * part / parts; };
  Attempts all;
  all.runs = store.runs();
  all.steps = funnel.query.required + funnel.query.optional.size();
  std::vector<Attempts> own;  // of each part; no more than one of a subject have their room in `all`
  if (funnel.query.entry == Entry::every) {
    own.resize(parts, all);
  } else {
    all.resize(subjects.size());
  }
  std::vector<AttemptWriter> writers;
  writers.reserve(parts);
  for (std::size_t part = 0; part < parts; ++part)
    writers.push_back(own.empty() ? AttemptWriter(all, first_of(part), first_of(part + 1))
                                  : AttemptWriter(own[part]));
  store.runs().with_codes([&](auto codes) {
    const auto sweep_part = [&](std::size_t part) {
      using Sweep = RangeSweep<typename decltype(codes)::value_type>;
      Sweep(store, codes, subjects, funnel, coded, writers[part]).sweep(first_of(part), first_of(part + 1));
    };
    std::vector<std::jthread> others;
    for (std::size_t part = 1; part < parts; ++part) others.emplace_back([&, part] { sweep_part(part); });
    sweep_part(0);
  });
  std::size_t count = 0;
  for (const AttemptWriter& writer : writers) count += writer.count();
  if (!own.empty()) {
    all = std::move(own[0]);
    all.resize(count);
  }
  std::size_t next = writers[0].count();  // these stand where they belong
  for (std::size_t part = 1; part < parts; ++part) {
    move_attempts(writers[part].written(), writers[part].first(), writers[part].count(), all, next);
    next += writers[part].count();
  }
  all.resize(count);
  return all;
}

}  // namespace weir::funnel
