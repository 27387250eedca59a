#include "features/counting_pass.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <map>
#include <numeric>

namespace weir::features {

namespace {

constexpr double kNull = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint64_t kNone = ~std::uint64_t{0};
constexpr std::size_t kVector = 8;  // lanes that are added at once

void add_lanes(const std::uint32_t* __restrict from, const std::uint32_t* __restrict step,
               std::uint32_t* __restrict to, std::size_t lanes) noexcept {
  for (std::size_t lane = 0; lane < lanes; lane += kVector) {
    for (std::size_t i = lane; i < lane + kVector; ++i) to[i] = from[i] + step[i];
  }
}

// The nearest double: most sums fit into 64 bits, whose conversion is one instruction.
double to_double(WideSum sum) noexcept {
  const auto narrow = static_cast<std::int64_t>(sum);
  return narrow == sum ? static_cast<double>(narrow) : static_cast<double>(sum);
}

}  // namespace

// ---- The plan.

CountingPlan::CountingPlan(const SweepPlan& plan) : plan_(plan) {
  lengths_.push_back(0);
}

bool CountingPlan::answers(const Definition& definition) noexcept {
  if (definition.type != ColumnType::number) return false;
  switch (definition.spec.function) {
    case Function::count:
    case Function::sum:
    case Function::mean:
    case Function::last:
    case Function::since:
      return true;
    default:
      return false;
  }
}

std::uint32_t CountingPlan::window_of(Micros length) {
  auto at = std::find(lengths_.begin(), lengths_.end(), length.count());
  if (at == lengths_.end()) at = lengths_.insert(at, length.count());
  return static_cast<std::uint32_t>(at - lengths_.begin());
}

void CountingPlan::add_count(std::size_t channel, Micros window) {
  counts_.push_back({window_of(window), static_cast<std::uint32_t>(channel)});
}

void CountingPlan::add_number(const Definition& definition, std::size_t channel, std::size_t value,
                              double scale) {
  const bool is_since = definition.spec.function == Function::since;
  const std::size_t lane = is_since ? channel : plan_.channels.size() + value;
  numbers_.push_back({definition.spec.function, window_of(definition.spec.window),
                      static_cast<std::uint32_t>(lane), static_cast<std::uint32_t>(value), scale});
}

void CountingPlan::finish() {
  const std::size_t channels = plan_.channels.size();
  const timeline::Signals& signals = plan_.input.store->signals();
  lanes_ = (channels + plan_.value_of.size() + kVector - 1) / kVector * kVector;
  steps_.assign(signals.size() * lanes_, 0);
  is_valued_.assign(signals.size(), 0);
  is_apart_.assign(signals.size(), 0);
  groups_of_.resize(channels);
  std::map<std::vector<std::uint32_t>, std::uint32_t> groups;
  for (std::uint32_t signal = 0; signal < signals.size(); ++signal) {
    std::vector<std::uint32_t> taken_by;
    for (std::uint32_t channel = 0; channel < channels; ++channel) {
      if (((plan_.matcher.bits(signal)[channel / 64] >> (channel % 64)) & 1U) == 0) continue;
      taken_by.push_back(channel);
      steps_[signal * lanes_ + channel] = 1;
      for (const std::size_t place : plan_.values_of_channel[channel]) {
        const bool is_amount = plan_.value_of[place].value == kAmountValue;
        if (!is_amount || (signals.flags(signal) & timeline::kRowHasAmount) != 0) is_valued_[signal] = 1;
      }
    }
    if ((signals.flags(signal) & (timeline::kRowKnownApart | timeline::kRowRetracted)) != 0) {
      is_apart_[signal] = 1;
      has_apart_ = true;
    }
    const auto [at, is_new] = groups.try_emplace(taken_by, static_cast<std::uint32_t>(groups.size()));
    group_of_.push_back(at->second);
    if (!is_new) continue;
    for (const std::uint32_t channel : taken_by) groups_of_[channel].push_back(at->second);
  }
  groups_ = groups.size();
}

// ---- The pass.

CountingPass::CountingPass(const CountingPlan& plan)
    : plan_(plan),
      input_(plan.plan_.input),
      runs_(input_.store->runs()),
      values_(plan.plan_.value_of.size()) {
  const std::int64_t unit = runs_.unit;
  for (const std::int64_t length : plan.lengths_) {
    Window& window = windows_.emplace_back();
    window.length = length;
    window.is_whole = length % unit == 0;
    window.codes = static_cast<std::uint64_t>(length / unit);
  }
  widest_.resize(windows_.size() - 1);  // all but the first, which is everything
  std::iota(widest_.begin(), widest_.end(), std::size_t{1});
  std::sort(widest_.begin(), widest_.end(),
            [&](std::size_t a, std::size_t b) { return windows_[a].length > windows_[b].length; });
}

void CountingPass::fetch(const funnel::SubjectHandles& subject) const noexcept {
  if (values_.empty() || subject.own.empty() || !runs_.has_signals()) return;
  const timeline::Handle handle = subject.own.front().handle;
  for (std::size_t place = runs_.offsets[handle]; place < runs_.offsets[handle + 1]; ++place) {
    if (plan_.is_valued_[runs_.signals[place]] == 0) continue;
    for (const SweepPlan::ValueOf& of : plan_.plan_.value_of)
      plan_.plan_.fetch_value(of.value, runs_.rows[place]);
  }
}

bool CountingPass::begin(const funnel::SubjectHandles& subject) {
  if (subject.own.size() != 1 || !subject.via_contact.empty() || !subject.via_account.empty()) return false;
  const funnel::Run& run = subject.own.front();
  if (run.known_from != INT64_MIN || run.known_until != INT64_MAX || !runs_.has_signals()) return false;
  run_begin_ = runs_.offsets[run.handle];
  run_end_ = runs_.offsets[run.handle + 1];
  if (plan_.has_apart_) {
    const auto signals = runs_.signals.subspan(run_begin_, run_end_ - run_begin_);
    const auto is_apart = [&](std::uint16_t signal) { return plan_.is_apart_[signal] != 0; };
    if (std::any_of(signals.begin(), signals.end(), is_apart)) return false;
  }
  end_ = 0;
  const std::size_t room = (run_end_ - run_begin_ + 1) * plan_.lanes_;
  if (running_.size() < room) running_.resize(room);
  std::fill_n(running_.begin(), plan_.lanes_, 0);
  for (Window& window : windows_) window.first = 0;
  for (Values& values : values_) {
    values.numbers.clear();
    values.sums.resize(1);
  }
  newest_.assign(plan_.groups_, kNone);
  return true;
}

void CountingPass::add_values(timeline::Row row, std::uint32_t signal, std::uint32_t* counted) {
  const bool has_amount = (input_.store->signals().flags(signal) & timeline::kRowHasAmount) != 0;
  for (std::size_t place = 0; place < values_.size(); ++place) {
    const SweepPlan::ValueOf& of = plan_.plan_.value_of[place];
    if (plan_.steps_[signal * plan_.lanes_ + of.channel] == 0) continue;
    if (of.value == kAmountValue && !has_amount) continue;
    const std::int64_t value = plan_.plan_.value_at(of.value, row);
    if (value == timeline::kNoAmount) continue;
    Values& values = values_[place];
    values.numbers.push_back(value);
    values.sums.push_back(values.sums.back() + value);
    ++counted[plan_.plan_.channels.size() + place];
  }
}

template <typename Code>
void CountingPass::take(std::span<const Code> codes, std::uint64_t before) {
  const std::size_t lanes = plan_.lanes_;
  const std::uint16_t* const signals = runs_.signals.data() + run_begin_;
  std::uint32_t* counted = running_.data() + end_ * lanes;
  for (; end_ < codes.size() && codes[end_] < before; ++end_, counted += lanes) {
    const std::uint32_t signal = signals[end_];
    add_lanes(counted, plan_.steps_.data() + signal * lanes, counted + lanes, lanes);
    newest_[plan_.group_of_[signal]] = codes[end_];
    if (plan_.is_valued_[signal] != 0) add_values(runs_.rows[run_begin_ + end_], signal, counted + lanes);
  }
  now_ = counted;
}

// The longest first: no window begins before a longer one, nor before where it began at the last point.
template <typename Code>
void CountingPass::move_windows(std::span<const Code> codes, std::uint64_t before) {
  std::size_t least = 0;
  for (const std::size_t place : widest_) {
    Window& window = windows_[place];
    const std::uint64_t from = !window.is_whole        ? runs_.codes_before(at_ - window.length)
                               : before > window.codes ? before - window.codes
                                                       : 0;
    std::size_t first = std::max(window.first, least);
    while (first < end_ && codes[first] < from) ++first;
    window.first = least = first;
  }
  for (Window& window : windows_) window.before = running_.data() + window.first * plan_.lanes_;
}

void CountingPass::look(std::int64_t at) {
  at_ = at;
  const std::uint64_t before = runs_.codes_before(at);
  runs_.with_codes([&](auto all) {
    const auto codes = all.subspan(run_begin_, run_end_ - run_begin_);
    take(codes, before);
    move_windows(codes, before);
  });
}

void CountingPass::write_counts(std::uint32_t* to) const noexcept {
  for (const CountingPlan::Count& count : plan_.counts_)
    *to++ = now_[count.lane] - windows_[count.window].before[count.lane];
}

double CountingPass::number(const CountingPlan::Number& wanted) const noexcept {
  if (wanted.function == Function::since) {
    std::int64_t latest = 0;
    bool is_there = false;
    for (const std::uint32_t group : plan_.groups_of_[wanted.lane]) {
      if (newest_[group] == kNone) continue;
      const std::int64_t time = runs_.time_of(newest_[group]);
      latest = is_there ? std::max(latest, time) : time;
      is_there = true;
    }
    return is_there ? days_of(Micros{at_ - latest}) : kNull;
  }
  const Values& values = values_[wanted.value];
  const std::uint32_t end = now_[wanted.lane];
  const std::uint32_t begin = windows_[wanted.window].before[wanted.lane];
  if (wanted.function == Function::sum)
    return to_double(values.sums[end] - values.sums[begin]) / wanted.scale;
  if (begin == end) return kNull;
  if (wanted.function == Function::last) return static_cast<double>(values.numbers.back()) / wanted.scale;
  return to_double(values.sums[end] - values.sums[begin]) / wanted.scale / static_cast<double>(end - begin);
}

void CountingPass::write_numbers(std::uint64_t* to) const noexcept {
  for (const CountingPlan::Number& wanted : plan_.numbers_)
    *to++ = std::bit_cast<std::uint64_t>(number(wanted));
}

}  // namespace weir::features
