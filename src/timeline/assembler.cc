#include "timeline/assembler.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>
#include <tuple>

namespace weir::timeline {
namespace {

template <typename T>
void permute(std::vector<T>& column, const std::vector<Row>& order, std::size_t width = 1) {
  if (width == 0) return;
  std::vector<T> sorted(column.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::copy_n(column.begin() + static_cast<std::ptrdiff_t>(order[i] * width), width, sorted.begin() + static_cast<std::ptrdiff_t>(i * width));
  }
  column.swap(sorted);
}

std::optional<Kind> kind_named(std::string_view name) noexcept {
  static constexpr std::array<std::string_view, kKinds> kNames{"lead",    "opportunity", "contact", "account", "anonymous",
                                                               "product", "campaign",    "content", "owner"};
  for (std::size_t i = 0; i < kKinds; ++i) {
    if (kNames[i] == name) return static_cast<Kind>(i);
  }
  return std::nullopt;
}

}  // namespace

std::uint32_t TextIndex::add(std::string_view text) {
  const auto found = numbers_.find(text);
  if (found != numbers_.end()) return found->second;
  const auto number = static_cast<std::uint32_t>(texts_.size());
  texts_.push_back(&numbers_.emplace(std::string(text), number).first->first);
  return number;
}

std::vector<std::uint32_t> TextIndex::ranks() const {
  std::vector<std::uint32_t> order(texts_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return *texts_[a] < *texts_[b]; });
  std::vector<std::uint32_t> ranks(texts_.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) ranks[order[i]] = i;
  return ranks;
}

std::vector<std::string> TextIndex::sorted() const {
  std::vector<std::string> texts;
  texts.reserve(texts_.size());
  for (const std::string* text : texts_) texts.push_back(*text);
  std::sort(texts.begin(), texts.end());
  return texts;
}

Assembler::Assembler(std::uint32_t condition_words, std::uint32_t value_count) {
  data_.condition_words = condition_words;
  data_.value_count = value_count;
}

Handle Assembler::handle(Kind kind, std::string_view text) {
  scratch_.assign(1, static_cast<char>('0' + kind));
  scratch_.append(text);
  return handles_.add(scratch_);
}

void Assembler::add_event(const ResolvedEvent& event, const std::uint64_t* conditions, const std::int64_t* values) {
  data_.occurred_at.push_back(event.occurred_at);
  data_.known_at.push_back(event.known_at);
  data_.retracted_at.push_back(event.retracted_at);
  data_.event_high.push_back(event.id.high);
  data_.event_low.push_back(event.id.low);
  data_.flags.push_back(event.flags);
  data_.type.push_back(static_cast<std::uint16_t>(types_.add(event.type)));
  data_.source.push_back(static_cast<std::uint16_t>(sources_.add(event.source)));
  data_.conditions.insert(data_.conditions.end(), conditions, conditions + data_.condition_words);
  data_.values.insert(data_.values.end(), values, values + data_.value_count);
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    data_.keys[kind].push_back(event.keys[kind].empty() ? kNoHandle : handle(static_cast<Kind>(kind), event.keys[kind]));
  }
  data_.amount_minor.push_back(event.amount_minor);
  data_.currency.push_back(static_cast<std::uint16_t>(currencies_.add(event.currency)));
  data_.delivery.push_back(event.delivery);
  data_.source_row.push_back(event.source_row);
  ranks_.push_back(event.rank);
  sequences_.push_back(event.sequence);
  if (!event.also.empty()) link_also(event);
}

// Further handles of the same entities: they are linked to the first of their kind, and the event is in their runs.
void Assembler::link_also(const ResolvedEvent& event) {
  const auto row = static_cast<Row>(data_.occurred_at.size() - 1);
  const auto json = nlohmann::json::parse(event.also, nullptr, false);
  if (!json.is_array()) return;
  for (const auto& item : json) {
    const std::string text = item.get<std::string>();
    const std::size_t space = text.find(' ');
    const auto kind = kind_named(std::string_view(text).substr(0, space));
    if (!kind || space == std::string::npos) continue;
    const std::string other = text.substr(space + 1);
    also_rows_.emplace_back(handle(*kind, other), row);
    add_link(*kind, event.keys[*kind], other, event.known_at);
  }
}

void Assembler::add_link(Kind kind, std::string_view left, std::string_view right, std::int64_t known_at) {
  if (left.empty() || right.empty() || left == right) return;
  data_.links.push_back(Link{handle(kind, left), handle(kind, right), known_at});
}

void Assembler::add_relation(Kind from_kind, std::string_view from, Kind to_kind, std::string_view to, std::int64_t known_from,
                             std::int64_t known_until) {
  data_.relations.push_back(Relation{handle(from_kind, from), handle(to_kind, to), known_from, known_until});
}

void Assembler::add_attribute(Kind kind, std::string_view owner, std::string_view name, std::string_view value, std::int64_t known_from,
                              std::int64_t known_until) {
  data_.attributes.push_back(Attribute{handle(kind, owner), names_.add(name), values_.add(value), 0, known_from, known_until});
}

void Assembler::order_rows() {
  std::vector<Row> order(data_.occurred_at.size());
  std::iota(order.begin(), order.end(), Row{0});
  std::sort(order.begin(), order.end(), [&](Row a, Row b) {
    return std::tie(data_.occurred_at[a], ranks_[a], sequences_[a], data_.event_high[a], data_.event_low[a], data_.known_at[a]) <
           std::tie(data_.occurred_at[b], ranks_[b], sequences_[b], data_.event_high[b], data_.event_low[b], data_.known_at[b]);
  });
  std::vector<Row> place(order.size());
  for (Row i = 0; i < order.size(); ++i) place[order[i]] = i;
  for (auto& [owner, row] : also_rows_) row = place[row];
  permute(data_.occurred_at, order);
  permute(data_.known_at, order);
  permute(data_.retracted_at, order);
  permute(data_.event_high, order);
  permute(data_.event_low, order);
  permute(data_.flags, order);
  permute(data_.type, order);
  permute(data_.source, order);
  permute(data_.conditions, order, data_.condition_words);
  permute(data_.values, order, data_.value_count);
  for (auto& keys : data_.keys) permute(keys, order);
  permute(data_.amount_minor, order);
  permute(data_.currency, order);
  permute(data_.delivery, order);
  permute(data_.source_row, order);
}

void Assembler::order_texts() {
  const auto renumber = [](auto& column, const std::vector<std::uint32_t>& ranks) {
    for (auto& value : column) value = static_cast<std::remove_reference_t<decltype(value)>>(ranks[value]);
  };
  renumber(data_.type, types_.ranks());
  renumber(data_.source, sources_.ranks());
  renumber(data_.currency, currencies_.ranks());
  data_.types = types_.sorted();
  data_.sources = sources_.sorted();
  data_.currencies = currencies_.sorted();
  const auto names = names_.ranks();
  const auto values = values_.ranks();
  data_.attribute_names = names_.sorted();
  data_.attribute_values = values_.sorted();

  const auto handles = handles_.ranks();
  for (const std::string& text : handles_.sorted()) {
    data_.handle_kinds.push_back(static_cast<std::uint8_t>(text.front() - '0'));
    data_.handle_texts.push_back(text.substr(1));
  }
  for (auto& keys : data_.keys) {
    for (Handle& key : keys) key = key == kNoHandle ? kNoHandle : handles[key];
  }
  for (auto& [owner, row] : also_rows_) owner = handles[owner];
  for (Link& link : data_.links) {
    link = Link{std::min(handles[link.left], handles[link.right]), std::max(handles[link.left], handles[link.right]), link.known_at};
  }
  for (Relation& relation : data_.relations) relation = {handles[relation.from], handles[relation.to], relation.known_from, relation.known_until};
  for (Attribute& a : data_.attributes) a = {handles[a.handle], names[a.name], values[a.value], 0, a.known_from, a.known_until};

  // Of equal links the earliest stands.
  std::sort(data_.links.begin(), data_.links.end(), [](const Link& a, const Link& b) {
    return std::tie(a.left, a.right, a.known_at) < std::tie(b.left, b.right, b.known_at);
  });
  data_.links.erase(std::unique(data_.links.begin(), data_.links.end(),
                                [](const Link& a, const Link& b) { return a.left == b.left && a.right == b.right; }),
                    data_.links.end());
  std::sort(data_.relations.begin(), data_.relations.end(), [](const Relation& a, const Relation& b) {
    return std::tie(a.from, a.to, a.known_from, a.known_until) < std::tie(b.from, b.to, b.known_from, b.known_until);
  });
  std::sort(data_.attributes.begin(), data_.attributes.end(), [](const Attribute& a, const Attribute& b) {
    return std::tie(a.handle, a.name, a.known_from, a.known_until, a.value) < std::tie(b.handle, b.name, b.known_from, b.known_until, b.value);
  });
}

void Assembler::make_runs() {
  const std::size_t handles = data_.handle_kinds.size();
  data_.run_offsets.assign(handles + 1, 0);
  const auto for_each = [&](auto&& visit) {
    std::sort(also_rows_.begin(), also_rows_.end(), [](const auto& a, const auto& b) { return std::tie(a.second, a.first) < std::tie(b.second, b.first); });
    auto also = also_rows_.begin();
    for (Row row = 0; row < data_.occurred_at.size(); ++row) {
      for (const auto& keys : data_.keys) {
        if (keys[row] != kNoHandle) visit(keys[row], row);
      }
      for (; also != also_rows_.end() && also->second == row; ++also) visit(also->first, row);
    }
  };
  for_each([&](Handle owner, Row) { ++data_.run_offsets[owner + 1]; });
  std::partial_sum(data_.run_offsets.begin(), data_.run_offsets.end(), data_.run_offsets.begin());
  data_.run_rows.resize(data_.run_offsets.back());
  std::vector<std::uint64_t> next(data_.run_offsets.begin(), data_.run_offsets.end() - 1);
  for_each([&](Handle owner, Row row) { data_.run_rows[next[owner]++] = row; });
}

Result<TimelineData> Assembler::finish() {
  if (data_.occurred_at.size() >= std::numeric_limits<Row>::max()) return fail(Errc::out_of_range, "more than 4 billion events in one workspace");
  if (types_.size() > 0xFFFF) {
    return fail(Errc::out_of_range, "more than 65,535 event types; is a `type: { from: ... }` expression drawing on free values?");
  }
  order_rows();
  order_texts();
  make_runs();
  return std::move(data_);
}

}  // namespace weir::timeline
