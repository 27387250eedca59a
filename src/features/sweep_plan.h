// What a set of features looks at, each thing once: the series that one pass over a subject's events fills.
// Private to the room.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "features/event_matcher.h"
#include "features/moving_windows.h"
#include "features/point_features.h"

namespace weir::features {

// Events of one selector within a scope; features that look at the same ones share it.
struct Channel {
  Selector selector;
  Scope scope{Scope::contact};
  friend bool operator==(const Channel&, const Channel&) = default;
};

// One side's questions and the answers to them, with the medians of windows over the answers.
struct Talk {
  bool theirs{false};
  Scope scope{Scope::contact};
  WindowBegins windows;
};

// Series stand in it without events, with their windows: a sweep begins with a copy of them. Every `add`
// gives the place of the thing, the same place for the same thing.
class SweepPlan {
 public:
  // The input outlives it.
  explicit SweepPlan(const FeatureInput& input);

  std::size_t add_channel(const Channel& channel);
  // `value`: as Definition says.
  std::size_t add_value(std::size_t channel, std::uint32_t value);
  enum class Key : std::uint8_t { type, day, entity };
  std::size_t add_distinct(std::size_t channel, Key key, timeline::Kind kind);
  std::size_t add_gaps(std::size_t channel, std::size_t window);
  std::size_t add_talk(bool theirs, Scope scope);
  std::size_t add_attribute(timeline::Kind kind, std::uint32_t name);
  // After the last: events can be matched.
  void finish();
  // kNoAmount: none.
  [[nodiscard]] std::int64_t value_at(std::uint32_t value, timeline::Row row) const noexcept {
    const auto& c = input.store->columns();
    if (value != kAmountValue) return c.values[value][row];
    return input.base_amounts.empty() ? c.amount_minor[row] : input.base_amounts[row];
  }

  // Before it is asked for.
  void fetch_value(std::uint32_t value, timeline::Row row) const noexcept {
    const auto& c = input.store->columns();
    if (value != kAmountValue) {
      c.values[value].fetch(row);
    } else if (input.base_amounts.empty()) {
      c.amount_minor.fetch(row);
    } else {
      prefetch(&input.base_amounts[row]);
    }
  }

  struct ValueOf {
    std::size_t channel{0};
    std::uint32_t value{0};
    friend bool operator==(const ValueOf&, const ValueOf&) = default;
  };
  struct DistinctOf {
    std::size_t channel{0};
    Key key{Key::type};
    timeline::Kind kind{timeline::kAccount};  // of Key::entity
    friend bool operator==(const DistinctOf&, const DistinctOf&) = default;
  };
  struct GapsOf {
    std::size_t channel{0}, window{0};
    friend bool operator==(const GapsOf&, const GapsOf&) = default;
  };
  struct AttributeOf {
    timeline::Kind kind{timeline::kAccount};
    std::uint32_t name{0};
    friend bool operator==(const AttributeOf&, const AttributeOf&) = default;
  };
  // Roles of an event beside its channels.
  enum Role : std::uint8_t { kInbound, kOutbound, kObjection, kAnswer, kStep, kRoles };

  const FeatureInput& input;
  std::vector<Channel> channels;
  std::vector<EventSeries> events;  // per channel
  std::vector<ValueOf> value_of;
  std::vector<ValueSeries> values;
  std::vector<DistinctOf> distinct_of;
  std::vector<DistinctSeries> distincts;
  std::vector<GapsOf> gaps_of;
  std::vector<Talk> talks;
  std::vector<AttributeOf> attribute_of;
  bool has_steps{false}, has_objections{false}, has_owner_changes{false};

  EventMatcher matcher;  // bits: channels, then roles
  std::array<std::size_t, kRoles> role_bits{};
  std::array<std::vector<std::uint64_t>, 3> scope_masks;  // per scope of an event: the channels that take it
  std::vector<std::vector<std::size_t>> values_of_channel, distincts_of_channel;
};

}  // namespace weir::features
