#include "funnel/step_funnel.h"

#include <algorithm>
#include <array>
#include <bit>
#include <thread>
#include <tuple>

#include "funnel/step_sweep.h"
#include "funnel/subjects.h"

namespace weir::funnel {

using timeline::Handle;
using timeline::Kind;
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

// Sweeps a range of subjects. `Code` is the width of the store's time codes.
template <typename Code>
class RangeSweep {
 public:
  RangeSweep(const TimelineStore& store, std::span<const Code> codes, const OwnRuns& subjects,
             const StepFunnel& funnel, const StepQuery& coded)
      : store_(store),
        runs_(store.runs()),
        codes_(codes),
        subjects_(subjects),
        funnel_(funnel),
        coded_(coded),
        sweep_(coded),
        end_code_(runs_.codes_before(micros_of(funnel.as_of.as_of))) {
    out.steps = funnel.query.required + funnel.query.optional.size();
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
      if (own.size() == 1 && !funnel_.held && runs_.has_signals() && own[0].known_from == INT64_MIN &&
          own[0].known_until == INT64_MAX && sweep_run(static_cast<std::uint32_t>(subject), own[0].handle)) {
        continue;
      }
      gather(own);
      if (funnel_.held) {
        sweep_held(static_cast<std::uint32_t>(subject));
      } else {
        sweep_gathered(static_cast<std::uint32_t>(subject));
      }
    }
  }

  Attempts out;

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
    sweep_.run(codes_.subspan(begin, end - begin), signals, funnel_.masks, ways_);
    for (const Way& way : ways_) {
      add(subject, way, [&](std::uint32_t place) {
        return std::pair(runs_.rows[begin + place], runs_.time_of(codes_[begin + place]));
      });
    }
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
    for (const Way& way : ways_) {
      add(subject, way, [&](std::uint32_t i) {
        return std::pair(runs_.rows[places_[i]], runs_.time_of(codes_[places_[i]]));
      });
    }
  }

  // Each value has its own events; of the ways of all values those count that would have counted among
  // themselves.
  void sweep_held(std::uint32_t subject) {
    by_value_.clear();
    for (std::uint32_t i = 0; i < places_.size(); ++i) {
      const std::uint32_t value = funnel_.held(subject, runs_.rows[places_[i]]);
      if (value != kNoValue) by_value_.push_back({value, i});
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
    for (const Way& way : held_ways_) {
      add(subject, way, [&](std::uint32_t i) {
        return std::pair(runs_.rows[places_[i]], runs_.time_of(codes_[places_[i]]));
      });
    }
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

  template <typename Find>
  void add(std::uint32_t subject, const Way& way, const Find& find) {
    std::array<Row, kMaxSteps> rows;
    std::array<std::int64_t, kMaxSteps> at;
    for (std::size_t step = 0; step < out.steps; ++step) {
      const bool done = ((way.done >> step) & 1U) != 0;
      std::tie(rows[step], at[step]) = done ? find(way.place[step]) : std::pair<Row, std::int64_t>(kNoRow, 0);
    }
    out.subject.push_back(subject);
    out.done.push_back(way.done);
    out.rows.insert(out.rows.end(), rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(out.steps));
    out.at.insert(out.at.end(), at.begin(), at.begin() + static_cast<std::ptrdiff_t>(out.steps));
  }

  const TimelineStore& store_;
  const Runs& runs_;
  std::span<const Code> codes_;
  const OwnRuns& subjects_;
  const StepFunnel& funnel_;
  const StepQuery& coded_;
  StepSweep sweep_;
  std::uint64_t end_code_;
  std::vector<std::uint8_t> hidden_;  // per signal: whether its rows have to be asked one by one
  bool any_hidden_{false};
  std::vector<Way> ways_, held_ways_;
  std::vector<std::size_t> places_;
  std::vector<std::int64_t> times_, times_of_value_;
  std::vector<std::uint32_t> masks_, masks_of_value_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> by_value_;
};

void reserve(Attempts& attempts, std::size_t count) {
  attempts.subject.reserve(count);
  attempts.done.reserve(count);
  attempts.rows.reserve(count * attempts.steps);
  attempts.at.reserve(count * attempts.steps);
}

template <typename T>
void append(std::vector<T>& to, const std::vector<T>& from) {
  to.insert(to.end(), from.begin(), from.end());
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

OwnRuns own_runs(const TimelineStore& store, const identity::EntityLinks& links, Kind kind,
                 const AsOf& as_of) {
  OwnRuns own;
  const auto add = [&](Handle handle, std::span<const Run> runs) {
    own.subjects.push_back(handle);
    own.runs.insert(own.runs.end(), runs.begin(), runs.end());
    own.offsets.push_back(static_cast<std::uint32_t>(own.runs.size()));
  };
  if (kind == timeline::kContact) {
    for (const SubjectHandles& subject : gather_subjects(store, links, kind, as_of))
      add(subject.handle, subject.own);
    return own;
  }
  std::size_t most = 0;
  for (Handle handle = 0; handle < store.handle_count(); ++handle) most += store.handle_kind(handle) == kind;
  own.subjects.reserve(most);
  own.offsets.reserve(most + 1);
  own.runs.reserve(most);
  std::vector<Run> runs;
  for (Handle handle = 0; handle < store.handle_count(); ++handle) {
    if (store.handle_kind(handle) != kind || links.entity(handle) != handle) continue;
    runs.clear();
    for (const Handle member : links.members(handle)) {
      runs.push_back(
          {member, member == handle ? INT64_MIN : links.connected_since(handle, member), INT64_MAX});
    }
    add(handle, runs);
  }
  return own;
}

Attempts run_step_funnel(const TimelineStore& store, const OwnRuns& subjects, const StepFunnel& funnel) {
  const StepQuery coded = in_codes(funnel.query, store.runs());
  const std::size_t parts =
      std::clamp<std::size_t>(static_cast<std::size_t>(funnel.threads), 1, subjects.size() / 1'000 + 1);
  return store.runs().with_codes([&](auto codes) {
    using Sweep = RangeSweep<typename decltype(codes)::value_type>;
    std::vector<Attempts> found(parts);
    const auto sweep_part = [&](std::size_t part) {
      Sweep sweep(store, codes, subjects, funnel, coded);
      const std::size_t begin = subjects.size() * part / parts;
      const std::size_t end = subjects.size() * (part + 1) / parts;
      reserve(sweep.out, part == 0 ? subjects.size() : end - begin);  // the first part takes in the others
      sweep.sweep(begin, end);
      found[part] = std::move(sweep.out);
    };
    {
      std::vector<std::jthread> others;
      for (std::size_t part = 1; part < parts; ++part) others.emplace_back([&, part] { sweep_part(part); });
      sweep_part(0);
    }
    Attempts all = std::move(found[0]);
    for (std::size_t part = 1; part < parts; ++part) {
      append(all.subject, found[part].subject);
      append(all.done, found[part].done);
      append(all.rows, found[part].rows);
      append(all.at, found[part].at);
    }
    return all;
  });
}

}  // namespace weir::funnel
