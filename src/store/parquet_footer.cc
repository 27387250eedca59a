#include "store/parquet_footer.h"

#include <string_view>

#include "store/parquet_encoding.h"
#include "store/thrift_reader.h"

namespace weir::store::parquet {
namespace {

using Wire = ThriftReader::Type;

constexpr std::string_view kCreatedBy = "weir";

// Fields of one struct in ascending order of their numbers.
class CompactWriter {
 public:
  explicit CompactWriter(std::string& out) noexcept : out_(out) {}
  void integer(int field, Wire wire, std::int64_t value) {
    begin(field, wire);
    append_zigzag(out_, value);
  }
  void i32(int field, std::int64_t value) { integer(field, Wire::i32, value); }
  void i64(int field, std::uint64_t value) { integer(field, Wire::i64, static_cast<std::int64_t>(value)); }
  void flag(int field, bool value) { begin(field, value ? Wire::yes : Wire::no); }
  void byte(int field, int value) {
    begin(field, Wire::byte);
    out_ += static_cast<char>(value);
  }
  void text(int field, std::string_view value) {
    begin(field, Wire::binary);
    item(value);
  }
  void item(std::string_view value) {
    append_varint(out_, value.size());
    out_ += value;
  }
  void raw(std::string_view bytes) { out_ += bytes; }
  void list(int field, Wire of, std::size_t count) {
    begin(field, Wire::list);
    const auto tag = static_cast<unsigned>(of);
    if (count < 15) {
      out_ += static_cast<char>(static_cast<unsigned char>((count << 4U) | tag));
    } else {
      out_ += static_cast<char>(static_cast<unsigned char>(0xF0U | tag));
      append_varint(out_, count);
    }
  }
  // `write(CompactWriter&)` gives the members of a struct that is a field, or (without a field) an item of a
  // list.
  template <typename Write>
  void record(int field, Write&& write) {
    begin(field, Wire::record);
    record(write);
  }
  template <typename Write>
  void record(Write&& write) {
    CompactWriter inner(out_);
    write(inner);
    out_ += '\0';
  }

 private:
  void begin(int field, Wire wire) {
    const int step = field - last_;
    last_ = field;
    if (step > 0 && step <= 15) {
      out_ += static_cast<char>(
          static_cast<unsigned char>((static_cast<unsigned>(step) << 4U) | static_cast<unsigned>(wire)));
      return;
    }
    out_ += static_cast<char>(wire);
    append_zigzag(out_, field);
  }
  std::string& out_;
  int last_{0};
};

constexpr auto kNothing = [](CompactWriter&) {};

constexpr int kNoConverted = -1;

struct TypeNumbers {
  Physical physical;
  int converted;  // kNoConverted: none
};

TypeNumbers numbers_of(StoredType type) noexcept {
  switch (type) {
    case StoredType::boolean:
      return {Physical::boolean, kNoConverted};
    case StoredType::small:
      return {Physical::int32, kInt32};
    case StoredType::integer:
      return {Physical::int64, kInt64};
    case StoredType::number:
      return {Physical::number, kNoConverted};
    case StoredType::text:
      return {Physical::bytes, kUtf8};
    case StoredType::date:
      return {Physical::int32, kDate};
    case StoredType::timestamp:
      return {Physical::int64, kNoConverted};  // the old name would say UTC
    case StoredType::uuid:
      return {Physical::fixed, kNoConverted};
  }
  return {Physical::bytes, kUtf8};
}

void write_logical(CompactWriter& out, StoredType type) {
  const auto integer = [](int bits) {
    return [bits](CompactWriter& of) {
      of.byte(1, bits);
      of.flag(2, true);
    };
  };
  const auto timestamp = [](CompactWriter& of) {
    of.flag(1, false);
    of.record(2, [](CompactWriter& unit) { unit.record(2, kNothing); });
  };
  switch (type) {
    case StoredType::text:
      return out.record(kLogicalString, kNothing);
    case StoredType::date:
      return out.record(kLogicalDate, kNothing);
    case StoredType::timestamp:
      return out.record(kLogicalTimestamp, timestamp);
    case StoredType::small:
      return out.record(kLogicalInteger, integer(32));
    case StoredType::integer:
      return out.record(kLogicalInteger, integer(64));
    case StoredType::uuid:
      return out.record(kLogicalUuid, kNothing);
    case StoredType::boolean:
    case StoredType::number:
      return;
  }
}

void write_schema(CompactWriter& out, const std::vector<StoredColumn>& columns) {
  out.list(2, Wire::record, columns.size() + 1);
  out.record([&](CompactWriter& root) {
    root.i32(3, 0);
    root.text(4, "weir");
    root.i32(5, static_cast<std::int64_t>(columns.size()));
  });
  for (const StoredColumn& column : columns) {
    out.record([&](CompactWriter& element) {
      const TypeNumbers numbers = numbers_of(column.type);
      element.i32(1, static_cast<int>(numbers.physical));
      if (column.type == StoredType::uuid) element.i32(2, 16);
      element.i32(3, 1);  // optional
      element.text(4, column.name);
      if (numbers.converted != kNoConverted) element.i32(6, numbers.converted);
      if (column.type != StoredType::boolean && column.type != StoredType::number) {
        element.record(10, [&](CompactWriter& logical) { write_logical(logical, column.type); });
      }
    });
  }
}

void write_column(CompactWriter& out, const StoredColumn& column, const ColumnPages& pages,
                  std::uint64_t begin) {
  out.i64(2, begin);
  out.record(3, [&](CompactWriter& data) {
    data.i32(1, static_cast<int>(numbers_of(column.type).physical));
    data.list(2, Wire::i32, pages.encodings.size());
    std::string encodings;
    for (const int encoding : pages.encodings) append_zigzag(encodings, encoding);
    data.raw(encodings);
    data.list(3, Wire::binary, 1);
    data.item(column.name);
    data.i32(4, static_cast<int>(pages.compressed ? Codec::zstd : Codec::none));
    data.i64(5, static_cast<std::uint64_t>(pages.value_count));
    data.i64(6, pages.plain_bytes);
    data.i64(7, pages.bytes);
    data.i64(9, begin + pages.data_at);
    if (pages.dictionary_at) data.i64(11, begin + *pages.dictionary_at);
    data.record(12, [&](CompactWriter& statistics) {
      statistics.i64(3, static_cast<std::uint64_t>(pages.null_count));
      if (pages.least && pages.greatest) {
        statistics.text(5, *pages.greatest);
        statistics.text(6, *pages.least);
      }
    });
  });
}

void write_group(CompactWriter& out, const std::vector<StoredColumn>& columns, const RowGroup& group,
                 std::size_t place) {
  out.list(1, Wire::record, columns.size());
  std::uint64_t at = group.begin;
  std::uint64_t plain_bytes = 0;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    out.record([&](CompactWriter& chunk) { write_column(chunk, columns[i], group.columns[i], at); });
    at += group.columns[i].bytes;
    plain_bytes += group.columns[i].plain_bytes;
  }
  out.i64(2, plain_bytes);
  out.i64(3, static_cast<std::uint64_t>(group.rows));
  out.i64(5, group.begin);
  out.i64(6, at - group.begin);
  out.integer(7, Wire::i16, static_cast<std::int64_t>(place));
}

}  // namespace

void append_page_header(std::string& out, const PageShape& page) {
  CompactWriter header(out);
  header.record([&](CompactWriter& of) {
    of.i32(1, page.dictionary ? 2 : 0);
    of.i32(2, static_cast<std::int64_t>(page.plain_bytes));
    of.i32(3, static_cast<std::int64_t>(page.bytes));
    of.record(page.dictionary ? 7 : 5, [&](CompactWriter& kind) {
      kind.i32(1, static_cast<std::int64_t>(page.values));
      kind.i32(2, page.encoding);
      if (page.dictionary) return;
      kind.i32(3, kRle);
      kind.i32(4, kRle);
    });
  });
}

std::string footer(const std::vector<StoredColumn>& columns, const std::vector<RowGroup>& groups) {
  std::string out;
  std::int64_t rows = 0;
  for (const RowGroup& group : groups) rows += group.rows;
  CompactWriter file(out);
  file.record([&](CompactWriter& of) {
    of.i32(1, 1);
    write_schema(of, columns);
    of.i64(3, static_cast<std::uint64_t>(rows));
    of.list(4, Wire::record, groups.size());
    for (std::size_t i = 0; i < groups.size(); ++i) {
      of.record([&](CompactWriter& group) { write_group(group, columns, groups[i], i); });
    }
    of.text(6, kCreatedBy);
    of.list(7, Wire::record, columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) {
      of.record([](CompactWriter& order) { order.record(1, kNothing); });
    }
  });
  return out;
}

}  // namespace weir::store::parquet
