#include "store/parquet_metadata.h"

#include <algorithm>

#include "base/time.h"
#include "store/thrift_reader.h"

namespace weir::store::parquet {
namespace {

using Type = ThriftReader::Type;

constexpr int kRepeated = 2;

// How a column's type is told: by old numbers, or by a union with members of their own.
struct Element {
  std::string name;
  std::int64_t physical{-1}, repetition{0}, children{0}, converted{-1};
  int logical{0};  // 0: none
  int unit{0};     // of a logical time stamp: 1 milliseconds, 2 microseconds, 3 nanoseconds
  bool is_signed{true};
};

void read_time_unit(ThriftReader& in, Type type, Element& element) {
  in.record(type, [&](int field, Type of) {
    if (field != 2) return false;
    in.record(of, [&](int unit, Type) {
      element.unit = unit;
      return false;
    });
    return true;
  });
}

void read_logical(ThriftReader& in, Type type, Element& element) {
  in.record(type, [&](int field, Type of) {
    element.logical = field;
    if (field == kLogicalTimestamp) {
      read_time_unit(in, of, element);
      return true;
    }
    if (field != kLogicalInteger) return false;
    in.record(of, [&](int member, Type flag) {
      if (member != 2) return false;
      element.is_signed = in.flag(flag);
      return true;
    });
    return true;
  });
}

Element read_element(ThriftReader& in, Type type) {
  Element element;
  in.record(type, [&](int field, Type of) {
    switch (field) {
      case 1:
        element.physical = in.integer(of);
        return true;
      case 3:
        element.repetition = in.integer(of);
        return true;
      case 4:
        element.name = in.text(of);
        return true;
      case 5:
        element.children = in.integer(of);
        return true;
      case 6:
        element.converted = in.integer(of);
        return true;
      case 10:
        read_logical(in, of, element);
        return true;
      default:
        return false;
    }
  });
  return element;
}

// Of a column of bytes, whole numbers or time stamps with what else is said of them.
void type_field(const Element& element, Field& field) {
  const bool is_plain = element.logical == 0 && element.converted < 0;
  const auto physical = static_cast<Physical>(element.physical);
  field.physical = physical;
  if (physical == Physical::bytes) {
    const bool is_text =
        element.logical == kLogicalString || (element.logical == 0 && element.converted == kUtf8);
    if (is_text) field.kind = ParquetKind::text;
  } else if (physical == Physical::number || physical == Physical::real) {
    if (is_plain) field.kind = ParquetKind::number;
  } else if (physical == Physical::int32 || physical == Physical::int64) {
    const bool is_old_whole =
        element.logical == 0 && element.converted >= kInt8 && element.converted <= kInt64;
    if (is_plain || is_old_whole || (element.logical == kLogicalInteger && element.is_signed)) {
      field.kind = ParquetKind::whole;
    } else if (physical == Physical::int32) {
      if (element.logical != kLogicalDate && !(element.logical == 0 && element.converted == kDate)) return;
      field.kind = ParquetKind::day;
      field.scale = kMicrosPerDay;
    } else {
      const bool is_time = element.logical == kLogicalTimestamp;
      const bool is_old = element.logical == 0;
      const bool is_millis =
          (is_time && element.unit == 1) || (is_old && element.converted == kTimestampMillis);
      const bool is_micros =
          (is_time && element.unit == 2) || (is_old && element.converted == kTimestampMicros);
      if (!is_millis && !is_micros) return;
      field.kind = ParquetKind::instant;
      field.scale = is_millis ? 1'000 : 1;
    }
  }
}

// The schema's elements stand depth first; the first is its root.
bool read_fields(const std::vector<Element>& elements, Metadata& metadata, std::size_t& columns) {
  if (elements.empty() || elements.front().children <= 0) return false;
  std::size_t at = 1;
  for (std::int64_t child = 0; child < elements.front().children; ++child) {
    if (at >= elements.size()) return false;
    const Element& element = elements[at];
    if (element.children <= 0) {
      Field field;
      field.name = element.name;
      field.column = columns++;
      field.may_be_null = element.repetition == 1;
      if (element.repetition != kRepeated) type_field(element, field);
      metadata.fields.push_back(std::move(field));
      ++at;
      continue;
    }
    for (std::int64_t open = 1; open > 0; ++at) {
      if (at >= elements.size() || elements[at].children > static_cast<std::int64_t>(elements.size()))
        return false;
      if (elements[at].children <= 0) ++columns;
      open += std::max<std::int64_t>(elements[at].children, 0) - 1;
    }
  }
  return at == elements.size();
}

Chunk read_chunk(ThriftReader& in, Type type, std::uint64_t file_bytes) {
  Chunk chunk;
  bool is_here = true, has_place = false;
  std::int64_t codec = -1, bytes = -1, data = -1, dictionary = 0;
  in.record(type, [&](int field, Type of) {
    if (field == 1 || field >= 8) is_here = false;  // in another file, or encrypted
    if (field != 3) return false;
    has_place = true;
    in.record(of, [&](int member, Type value) {
      std::int64_t* const to = member == 4    ? &codec
                               : member == 7  ? &bytes
                               : member == 9  ? &data
                               : member == 11 ? &dictionary
                                              : nullptr;
      if (to != nullptr) *to = in.integer(value);
      return to != nullptr;
    });
    return true;
  });
  const std::int64_t begin = dictionary > 0 && dictionary < data ? dictionary : data;
  if (!is_here || !has_place || begin < 0 || bytes < 0) return chunk;
  chunk.begin = static_cast<std::uint64_t>(begin);
  chunk.bytes = static_cast<std::uint64_t>(bytes);
  chunk.codec = static_cast<Codec>(codec);
  const bool is_known = codec == static_cast<int>(Codec::none) || codec == static_cast<int>(Codec::snappy) ||
                        codec == static_cast<int>(Codec::zstd);
  chunk.is_readable = is_known && chunk.begin <= file_bytes && chunk.bytes <= file_bytes - chunk.begin;
  return chunk;
}

Group read_group(ThriftReader& in, Type type, std::uint64_t file_bytes) {
  Group group;
  in.record(type, [&](int field, Type of) {
    if (field == 1) {
      in.list(of, [&](Type item) { group.columns.push_back(read_chunk(in, item, file_bytes)); });
      return true;
    }
    if (field == 3) group.rows = static_cast<std::uint64_t>(std::max<std::int64_t>(0, in.integer(of)));
    return field == 3;
  });
  return group;
}

// A count of a page's header; what cannot be makes the header none.
void read_count(ThriftReader& in, Type type, std::uint32_t& to, bool& is_possible) {
  const std::int64_t value = in.integer(type);
  if (value < 0 || value > INT32_MAX) is_possible = false;
  to = static_cast<std::uint32_t>(value);
}

}  // namespace

std::optional<Metadata> read_metadata(std::string_view footer, std::uint64_t file_bytes) {
  Metadata metadata;
  std::vector<Element> elements;
  bool is_plain = true;
  ThriftReader in(footer);
  in.record(Type::record, [&](int field, Type of) {
    switch (field) {
      case 2:
        in.list(of, [&](Type item) { elements.push_back(read_element(in, item)); });
        return true;
      case 4:
        in.list(of, [&](Type item) { metadata.groups.push_back(read_group(in, item, file_bytes)); });
        return true;
      case 8:
        is_plain = false;
        return false;
      default:
        return false;
    }
  });
  std::size_t columns = 0;
  if (!in.ok() || !is_plain || !read_fields(elements, metadata, columns)) return std::nullopt;
  for (const Group& group : metadata.groups) {
    if (group.columns.size() != columns) return std::nullopt;
  }
  return metadata;
}

std::optional<PageHeader> read_page_header(std::string_view bytes) {
  PageHeader header;
  bool is_possible = true;
  std::int64_t kind = -1;
  ThriftReader in(bytes);
  const auto read_body = [&](Type type, int values, int encoding, int levels) {
    in.record(type, [&](int field, Type of) {
      if (field == values) {
        read_count(in, of, header.values, is_possible);
      } else if (field == encoding) {
        header.encoding = static_cast<int>(in.integer(of));
      } else if (field == levels) {
        header.level_encoding = static_cast<int>(in.integer(of));
      } else {
        return false;
      }
      return true;
    });
    return true;
  };
  const auto read_body_v2 = [&](Type type) {
    in.record(type, [&](int field, Type of) {
      if (field == 1) {
        read_count(in, of, header.values, is_possible);
      } else if (field == 4) {
        header.encoding = static_cast<int>(in.integer(of));
      } else if (field == 5) {
        read_count(in, of, header.levels, is_possible);
      } else if (field == 6) {
        read_count(in, of, header.repetition, is_possible);
      } else if (field == 7) {
        header.is_compressed = in.flag(of);
      } else {
        return false;
      }
      return true;
    });
    return true;
  };
  in.record(Type::record, [&](int field, Type of) {
    switch (field) {
      case 1:
        kind = in.integer(of);
        return true;
      case 2:
        read_count(in, of, header.plain_bytes, is_possible);
        return true;
      case 3:
        read_count(in, of, header.bytes, is_possible);
        return true;
      case 5:
        return read_body(of, 1, 2, 3);
      case 7:
        return read_body(of, 1, 2, -1);
      case 8:
        return read_body_v2(of);
      default:
        return false;
    }
  });
  if (!in.ok() || !is_possible || kind < 0 || kind > static_cast<int>(PageHeader::Kind::data_v2))
    return std::nullopt;
  header.kind = static_cast<PageHeader::Kind>(kind);
  header.header_bytes = in.position();
  return header;
}

}  // namespace weir::store::parquet
