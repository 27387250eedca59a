// Events of a block, column by column. What one row says is in mapping.cc; both give the same rows.
#include <algorithm>

#include "base/identity_batch.h"
#include "base/json.h"
#include "ingest/mapping.h"

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

void append_time(ColumnBuffer& out, const std::optional<std::int64_t>& time) {
  if (time) {
    out.integer(*time);
  } else {
    out.null();
  }
}

void append_text(ColumnBuffer& out, std::string_view text) {
  if (text.empty()) {
    out.null();
  } else {
    out.text(text);
  }
}

// Without the blanks that trimmed() of a handle takes away.
std::string_view without_blanks(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace

void Mapping::identify(std::vector<RecordFrame>& frames) const {
  std::vector<std::string> names;
  for (const auto& name : content_columns_) names.push_back(parts_of(name));
  const std::size_t rows = batch_->row_count();
  frames.assign(rows, RecordFrame{});
  IdentityBatch batch(context_.identity_key);
  batch.begin();
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (content_index_[i] < 0) continue;
      const Column& column = batch_->columns[at(content_index_[i])];
      if (column.is_null(row)) continue;  // a column that is added later and empty changes nothing
      batch.add_parts(names[i]);
      switch (column.type) {
        case ColumnType::text:
        case ColumnType::json:
          batch.add(column.text(row));
          break;
        case ColumnType::number:
          batch.add(json_number(column.numbers[row]));
          break;
        default:
          batch.add(column.integers[row]);
      }
    }
    batch.end_row();
  }
  const auto& contents = batch.digests();
  for (std::size_t row = 0; row < rows; ++row)
    frames[row].content = ContentHash{contents[row].high, contents[row].low};

  batch.begin();
  const std::string head = parts_of(source_name_) + parts_of(key_.empty() ? "content" : "key");
  for (std::size_t row = 0; row < rows; ++row) {
    batch.add_parts(head);
    if (key_.empty()) batch.add(frames[row].content);
    for (const Operand key : key_) {
      const Column& column = *values_[at(key)];
      if (is_textual(column)) {
        batch.add(column.is_null(row) ? std::string_view{} : column.text(row));
      } else {
        batch.add(text_of(key, row));
      }
    }
    batch.end_row();
  }
  const auto& records = batch.digests();
  for (std::size_t row = 0; row < rows; ++row)
    frames[row].record = RecordId{records[row].high, records[row].low};
}

// One column of handles: the usual case, where each kind of entity is named once and by its plain id.
void Mapping::append_handles(const HandlePlan& plan, const std::vector<Hit>& hits, ColumnBuffer& out) const {
  const Column& column = *values_[at(plan.value)];
  for (const Hit& hit : hits) {
    const std::string_view value =
        column.is_null(hit.batch_row) ? std::string_view{} : without_blanks(column.text(hit.batch_row));
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

void Mapping::append_keys(const EventPlan& plan, const std::vector<Hit>& hits, store::PartWriter& out,
                          std::size_t first) const {
  constexpr auto kKinds = static_cast<std::size_t>(workspace::kEntityKinds);
  if (names_plainly(plan)) {
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      const auto key = std::find_if(plan.keys.begin(), plan.keys.end(), [&](const HandlePlan& one) {
        return static_cast<std::size_t>(one.kind) == kind;
      });
      if (key == plan.keys.end()) {
        out.column(first + kind).nulls(hits.size());
      } else {
        append_handles(*key, hits, out.column(first + kind));
      }
    }
    out.column(first + kKinds).nulls(hits.size());
    return;
  }
  for (const Hit& hit : hits) {
    KeyTexts keys;
    std::string also;
    fill_keys(plan.keys, hit.batch_row, keys, also);
    for (std::size_t kind = 0; kind < kKinds; ++kind) append_text(out.column(first + kind), keys[kind]);
    append_text(out.column(first + kKinds), also);
  }
}

void Mapping::append_texts(Operand operand, const std::vector<Hit>& hits, ColumnBuffer& out) const {
  if (operand == kNoOperand) return out.nulls(hits.size());
  const Column& column = *values_[at(operand)];
  for (const Hit& hit : hits) {
    if (column.is_null(hit.batch_row)) {
      out.null();
    } else if (is_textual(column)) {
      append_text(out, column.text(hit.batch_row));
    } else {
      append_text(out, text_of(operand, hit.batch_row));
    }
  }
}

std::vector<Mapping::Hit> Mapping::hits_of(const EventPlan& plan, const std::vector<TakenRow>& rows) const {
  std::vector<Hit> hits;
  hits.reserve(rows.size());
  for (const TakenRow& row : rows) {
    if (!holds(plan.when, row.batch_row)) continue;
    Hit hit;
    hit.batch_row = row.batch_row;
    hit.frame = row.frame;
    EventTimes times;
    if (!fill_times(plan, row.batch_row, *row.frame, times)) continue;
    hit.times = times;
    if (plan.type_from != kNoOperand) {
      const Column& column = *values_[at(plan.type_from)];
      if (column.is_null(row.batch_row) || (is_textual(column) && column.text(row.batch_row).empty()))
        continue;
    } else if (plan.type.empty()) {
      continue;
    }
    if (plan.text != kNoOperand && !text_of(plan.text, row.batch_row).empty()) hit.times.flags |= kHasText;
    if (plan.change) hit.times.flags |= kChangeState;
    hits.push_back(hit);
  }
  return hits;
}

void Mapping::append_amounts(const EventPlan& plan, const std::vector<Hit>& hits, ColumnBuffer& minor,
                             ColumnBuffer& currency) const {
  if (plan.amount == kNoOperand) {
    minor.nulls(hits.size());
    return currency.nulls(hits.size());
  }
  for (const Hit& hit : hits) {
    const auto money = amount_of(plan, hit.batch_row);
    if (money) {
      minor.integer(money->minor);
      currency.text(money->currency.code());
    } else {
      minor.null();
      currency.null();
    }
  }
}

Status Mapping::write_events(const EventPlan& plan, const std::vector<TakenRow>& rows,
                             store::PartWriter& out) const {
  const std::vector<Hit> hits = hits_of(plan, rows);
  if (hits.empty()) return {};
  IdentityBatch identities(context_.identity_key);
  identities.begin();
  const std::string rule = parts_of(plan.name);
  for (const Hit& hit : hits) {
    identities.add(hit.frame->record);
    identities.add_parts(rule);
    identities.end_row();
  }
  std::size_t place = 0;
  const auto next = [&]() -> ColumnBuffer& { return out.column(place++); };
  const auto each = [&](auto&& append) {
    ColumnBuffer& column = next();
    for (const Hit& hit : hits) append(column, hit);
  };
  ColumnBuffer& ids = next();
  for (const auto& id : identities.digests()) ids.uuid(id.high, id.low);
  each([](ColumnBuffer& to, const Hit& hit) { to.uuid(hit.frame->record.high, hit.frame->record.low); });
  each([](ColumnBuffer& to, const Hit& hit) { to.uuid(hit.frame->content.high, hit.frame->content.low); });
  each([](ColumnBuffer& to, const Hit& hit) { append_time(to, hit.frame->revision_at); });
  each([&](ColumnBuffer& to, const Hit&) { to.text(plan.name); });
  if (plan.type_from == kNoOperand) {
    each([&](ColumnBuffer& to, const Hit&) { to.text(plan.type); });
  } else {
    append_texts(plan.type_from, hits, next());
  }
  each([](ColumnBuffer& to, const Hit& hit) { append_time(to, hit.times.occurred_at); });
  each([](ColumnBuffer& to, const Hit& hit) { append_time(to, hit.times.known_at); });
  each([](ColumnBuffer& to, const Hit& hit) { to.integer(hit.times.flags); });
  next().integers(plan.rank, hits.size());
  next().nulls(hits.size());  // sequence
  append_keys(plan, hits, out, place);
  place += workspace::kEntityKinds + 1;
  append_texts(plan.direction, hits, next());
  append_texts(plan.channel, hits, next());
  append_amounts(plan, hits, out.column(place), out.column(place + 1));
  place += 2;
  if (plan.change) {
    each([&](ColumnBuffer& to, const Hit& hit) { to.text(change_state(plan, hit.batch_row)); });
  } else if (plan.properties.empty()) {
    next().nulls(hits.size());
  } else {
    each([&](ColumnBuffer& to, const Hit& hit) {
      append_text(to, object_of(plan.properties, hit.batch_row));
    });
  }
  each([](ColumnBuffer& to, const Hit& hit) { to.integer(hit.frame->delivery); });
  each([](ColumnBuffer& to, const Hit& hit) { to.integer(hit.frame->row); });
  return out.end_rows();
}

Status Mapping::write_events(const std::vector<TakenRow>& rows, store::PartWriter& out) const {
  for (const EventPlan& plan : events_) WEIR_TRY_STATUS(write_events(plan, rows, out));
  return {};
}

}  // namespace weir::ingest
