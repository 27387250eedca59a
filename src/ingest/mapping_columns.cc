// Events of a block, column by column. What one row says is in mapping.cc; both give the same rows.
#include <algorithm>
#include <array>

#include "base/identity_batch.h"
#include "base/json.h"
#include "ingest/mapping.h"
#include "store/part_writer.h"

namespace weir::ingest {

using contract::Column;
using contract::ColumnType;
using store::ColumnBuffer;
using workspace::HandleScheme;

namespace {

std::size_t at(Operand operand) noexcept {
  return static_cast<std::size_t>(operand);
}

bool is_textual(const Column& column) noexcept {
  return column.type == ColumnType::text || column.type == ColumnType::json;
}

void append_text(ColumnBuffer& out, std::string_view text) {
  if (text.empty()) {
    out.null();
  } else {
    out.text(text);
  }
}

bool is_blank(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Without the blanks that trimmed() of a handle takes away.
std::string_view without_blanks(std::string_view text) noexcept {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

store::TextValues texts_of(const Column& column) noexcept {
  return {column.bytes, column.offsets, column.valid};
}

// A column that goes into the hash of a row's content, behind its name.
struct ContentColumn {
  std::string name;  // as the hash reads it, and room for a wide copy
  std::size_t name_size{0};
  const Column* column{nullptr};
};

// `head` with room for a wide copy behind it; then the text.
void add_text(IdentityBatch& batch, std::string_view head, const Column& column, std::size_t row) {
  const std::string_view text = column.text(row);
  if (head.size() <= IdentityBatch::kWide && text.size() <= IdentityBatch::kWide &&
      column.offsets[row] + IdentityBatch::kWide <= column.bytes.size()) {
    batch.add_wide(head.data(), head.size(), text.data(), text.size());
  } else {
    batch.add_parts(head);
    batch.add(text);
  }
}

void add_content(IdentityBatch& batch, const ContentColumn& part, std::size_t row) {
  const Column& column = *part.column;
  if (column.is_null(row)) return;  // a column that is added later and empty changes nothing
  const auto name = std::string_view(part.name).substr(0, part.name_size);
  if (is_textual(column)) return add_text(batch, name, column, row);
  batch.add_parts(name);
  if (column.type == ColumnType::number) {
    std::array<char, kNumberRoom> number;
    batch.add(std::string_view(number.data(), write_json_number(column.numbers[row], number.data())));
  } else {
    batch.add(column.integers[row]);
  }
}

}  // namespace

void Mapping::identify(std::vector<RecordFrame>& frames) const {
  std::vector<ContentColumn> content;
  for (std::size_t i = 0; i < content_columns_.size(); ++i) {
    if (content_index_[i] < 0) continue;
    std::string name = parts_of(content_columns_[i]);
    const std::size_t size = name.size();
    name.resize(size + IdentityBatch::kWide);
    content.push_back({std::move(name), size, &batch_->columns[at(content_index_[i])]});
  }
  const std::size_t rows = batch_->row_count();
  frames.assign(rows, RecordFrame{});
  IdentityBatch batch(context_.identity_key);
  batch.begin();
  for (std::size_t row = 0; row < rows; ++row) {
    for (const ContentColumn& part : content) add_content(batch, part, row);
    batch.end_row();
  }
  const auto& contents = batch.digests();
  for (std::size_t row = 0; row < rows; ++row)
    frames[row].content = ContentHash{contents[row].high, contents[row].low};

  batch.begin();
  std::string head = parts_of(source_name_) + parts_of(key_.empty() ? "content" : "key");
  const std::size_t head_size = head.size();
  head.resize(head_size + IdentityBatch::kWide);
  for (std::size_t row = 0; row < rows; ++row) {
    // What stands before the next part.
    std::string_view before = std::string_view(head).substr(0, head_size);
    if (key_.empty()) {
      batch.add_parts(before);
      batch.add(frames[row].content);
    }
    for (const Operand key : key_) {
      const Column& column = *values_[at(key)];
      if (is_textual(column) && !column.is_null(row)) {
        add_text(batch, before, column, row);
      } else {
        batch.add_parts(before);
        batch.add(is_textual(column) ? std::string() : text_of(key, row));
      }
      before = std::string_view(head).substr(0, 0);
    }
    batch.end_row();
  }
  const auto& records = batch.digests();
  for (std::size_t row = 0; row < rows; ++row)
    frames[row].record = RecordId{records[row].high, records[row].low};
}

// One column of handles: the usual case, where each kind of entity is named once and by its plain id.
void Mapping::append_handles(const HandlePlan& plan, const HitRows& hits, ColumnBuffer& out) const {
  const Column& column = *values_[at(plan.value)];
  const bool as_they_are =
      plan.prefix.empty() && std::none_of(hits.rows.begin(), hits.rows.end(), [&](std::uint32_t row) {
        const std::string_view value = column.text(row);
        return !value.empty() && (is_blank(value.front()) || is_blank(value.back()));
      });
  if (as_they_are) return out.take_texts(texts_of(column), hits.rows, ColumnBuffer::Empty::null);
  for (const std::uint32_t row : hits.rows) {
    const std::string_view value =
        column.is_null(row) ? std::string_view{} : without_blanks(column.text(row));
    if (value.empty()) {
      out.null();
    } else {
      out.text(plan.prefix, value);
    }
  }
}

bool Mapping::names_plainly(const EventPlan& plan) const {
  std::uint32_t seen = 0;
  for (const HandlePlan& key : plan.keys) {
    const std::uint32_t bit = 1U << static_cast<unsigned>(key.kind);
    const bool plain = key.scheme == HandleScheme::id && !key.hashed && is_textual(*values_[at(key.value)]);
    if (!plain || (seen & bit) != 0) return false;
    seen |= bit;
  }
  return true;
}

void Mapping::append_keys(const EventPlan& plan, const HitRows& hits, store::PartWriter& out,
                          std::size_t first) const {
  constexpr auto kKinds = static_cast<std::size_t>(workspace::kEntityKinds);
  if (names_plainly(plan)) {
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      const auto key = std::find_if(plan.keys.begin(), plan.keys.end(), [&](const HandlePlan& one) {
        return static_cast<std::size_t>(one.kind) == kind;
      });
      if (key == plan.keys.end()) {
        out.column(first + kind).nulls(hits.rows.size());
      } else {
        append_handles(*key, hits, out.column(first + kind));
      }
    }
    out.column(first + kKinds).nulls(hits.rows.size());
    return;
  }
  for (const std::uint32_t row : hits.rows) {
    KeyTexts keys;
    std::string also;
    fill_keys(plan.keys, row, keys, also);
    for (std::size_t kind = 0; kind < kKinds; ++kind) append_text(out.column(first + kind), keys[kind]);
    append_text(out.column(first + kKinds), also);
  }
}

void Mapping::append_texts(Operand operand, const HitRows& hits, ColumnBuffer& out) const {
  if (operand == kNoOperand) return out.nulls(hits.rows.size());
  const Column& column = *values_[at(operand)];
  if (is_textual(column)) return out.take_texts(texts_of(column), hits.rows, ColumnBuffer::Empty::null);
  for (const std::uint32_t row : hits.rows) append_text(out, text_of(operand, row));
}

Mapping::HitRows Mapping::hits_of(const EventPlan& plan, const std::vector<TakenRow>& rows) const {
  HitRows hits;
  hits.all.reserve(rows.size());
  hits.rows.reserve(rows.size());
  for (const TakenRow& row : rows) {
    if (!holds(plan.when, row.batch_row)) continue;
    Hit hit;
    hit.frame = row.frame;
    if (!fill_times(plan, row.batch_row, *row.frame, hit.times)) continue;
    if (plan.type_from != kNoOperand) {
      const Column& column = *values_[at(plan.type_from)];
      if (column.is_null(row.batch_row) || (is_textual(column) && column.text(row.batch_row).empty()))
        continue;
    } else if (plan.type.empty()) {
      continue;
    }
    if (plan.text != kNoOperand && !text_of(plan.text, row.batch_row).empty()) hit.times.flags |= kHasText;
    if (plan.change) hit.times.flags |= kChangeState;
    hits.all.push_back(hit);
    hits.rows.push_back(static_cast<std::uint32_t>(row.batch_row));
  }
  return hits;
}

void Mapping::append_amounts(const EventPlan& plan, const HitRows& hits, ColumnBuffer& minor,
                             ColumnBuffer& currency) const {
  if (plan.amount == kNoOperand) {
    minor.nulls(hits.rows.size());
    return currency.nulls(hits.rows.size());
  }
  for (const std::uint32_t row : hits.rows) {
    const auto money = amount_of(plan, row);
    if (money) {
      minor.integer(money->minor);
      currency.text(money->currency.code());
    } else {
      minor.null();
      currency.null();
    }
  }
}

void Mapping::append_ids(const EventPlan& plan, const HitRows& hits, ColumnBuffer& out) const {
  IdentityBatch identities(context_.identity_key);
  identities.begin();
  const std::string rule = parts_of(plan.name);
  for (const Hit& hit : hits.all) {
    identities.add(hit.frame->record);
    identities.add_parts(rule);
    identities.end_row();
  }
  const auto& digests = identities.digests();
  out.uuids(digests.size(), [&](std::size_t i) { return digests[i]; });
}

Status Mapping::write_events(const EventPlan& plan, const std::vector<TakenRow>& rows,
                             store::PartWriter& out) const {
  const HitRows hits = hits_of(plan, rows);
  const std::size_t count = hits.rows.size();
  if (count == 0) return {};
  std::size_t place = 0;
  const auto next = [&]() -> ColumnBuffer& { return out.column(place++); };
  const auto frame_of = [&](std::size_t i) -> const RecordFrame& { return *hits.all[i].frame; };
  const auto times_of = [&](std::size_t i) -> const EventTimes& { return hits.all[i].times; };
  append_ids(plan, hits, next());
  next().uuids(count, [&](std::size_t i) { return frame_of(i).record; });
  next().uuids(count, [&](std::size_t i) { return frame_of(i).content; });
  next().integers_or_null(count, [&](std::size_t i) { return frame_of(i).revision_at; });
  next().texts(plan.name, count);
  if (plan.type_from == kNoOperand) {
    next().texts(plan.type, count);
  } else {
    append_texts(plan.type_from, hits, next());
  }
  next().integers_or_null(count, [&](std::size_t i) { return times_of(i).occurred_at; });
  next().integers_or_null(count, [&](std::size_t i) { return times_of(i).known_at; });
  next().integers_of(count, [&](std::size_t i) { return std::int64_t{times_of(i).flags}; });
  next().integers(plan.rank, count);
  append_sequence(hits, next());
  append_keys(plan, hits, out, place);
  place += workspace::kEntityKinds + 1;
  append_texts(plan.direction, hits, next());
  append_texts(plan.channel, hits, next());
  append_amounts(plan, hits, out.column(place), out.column(place + 1));
  place += 2;
  append_properties(plan, hits, next());
  next().integers_of(count, [&](std::size_t i) { return frame_of(i).delivery; });
  next().integers_of(count, [&](std::size_t i) { return frame_of(i).row; });
  return out.end_rows();
}

void Mapping::append_sequence(const HitRows& hits, ColumnBuffer& out) const {
  if (sequence_ == kNoOperand) return out.nulls(hits.rows.size());
  const contract::Column& column = *values_[at(sequence_)];
  out.integers_or_null(hits.rows.size(), [&](std::size_t i) {
    const std::uint32_t row = hits.rows[i];
    return column.is_null(row) ? std::nullopt : std::optional<std::int64_t>(column.integers[row]);
  });
}

void Mapping::append_properties(const EventPlan& plan, const HitRows& hits, ColumnBuffer& out) const {
  if (!plan.change && plan.properties.empty()) return out.nulls(hits.rows.size());
  for (const std::uint32_t row : hits.rows) {
    if (plan.change) {
      out.text(change_state(plan, row));
    } else {
      append_text(out, object_of(plan.properties, row));
    }
  }
}

Status Mapping::write_events(const std::vector<TakenRow>& rows, store::PartWriter& out) const {
  for (const EventPlan& plan : events_) WEIR_TRY_STATUS(write_events(plan, rows, out));
  return {};
}

}  // namespace weir::ingest
