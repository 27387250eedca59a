#include "store/parquet_file.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>

#include "base/random.h"
#include "store/parquet_encoding.h"
#include "store/parquet_footer.h"
#include "store/parquet_writer.h"
#include "store/query_engine.h"

namespace weir::store {
namespace {

std::string path_of(const std::string& name) {
  return testing::TempDir() + "/" + name + ".parquet";
}

// A value of a row, or "-" for none.
std::string shown(const ParquetTexts& column, std::size_t row) {
  const std::uint32_t code = column.codes()[row];
  return code == ParquetTexts::kNone ? "-" : "'" + std::string(column.values()[code]) + "'";
}
std::string shown(const ParquetIntegers& column, std::size_t row) {
  const std::int64_t value = column.values()[row];
  return value == ParquetIntegers::kNone ? "-" : std::to_string(value);
}
std::string shown(const ParquetNumbers& column, std::size_t row) {
  const double value = column.values()[row];
  return std::isnan(value) ? "-" : std::to_string(value);
}

// All values, read in portions of changing size; nothing when the column is given up.
template <typename Column>
std::optional<std::vector<std::string>> read_all(const ParquetFile& file, const std::string& name,
                                                 Random random = Random(1)) {
  const auto place = file.find(name);
  if (!place) return std::nullopt;
  std::vector<std::string> all;
  Column column(file, *place);
  for (std::size_t group = 0; group < file.group_count(); ++group) {
    if (!column.start(group)) return std::nullopt;
    for (std::uint64_t left = file.rows_of(group); left > 0;) {
      const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left, 1 + random.below(3'000)));
      if (!column.read(count)) return std::nullopt;
      for (std::size_t row = 0; row < count; ++row) all.push_back(shown(column, row));
      left -= count;
    }
  }
  return all;
}

struct Asked {
  const char* name;
  const char* sql;  // how the query engine shows it
  ParquetKind kind;
};
// Texts few, many and long, with nulls, without bytes, beyond ASCII; whole numbers to their ends.
constexpr const char* kTable =
    "SELECT CASE WHEN i % 7 = 3 THEN NULL ELSE 'lead ' || (i * 7919 % {many}) END AS lead, "
    "['view', 'mail', '', 'Größe', 'won'][1 + i % 5] AS type, "
    "repeat('long ', (i % 40)::INT) || i AS note, "
    "NULL::VARCHAR AS nobody, "
    "(CASE WHEN i % 11 = 0 THEN NULL ELSE i * 7919 % {many} - 50 END)::INTEGER AS small, "
    "(CASE i % 13 WHEN 0 THEN -9223372036854775807 WHEN 1 THEN 9223372036854775807 ELSE i * i END)::BIGINT "
    "AS wide, "
    "CASE WHEN i % 3 = 0 THEN NULL ELSE i * 0.25 END::DOUBLE AS amount, "
    "(i % {many} * 0.5)::FLOAT AS rate, "
    "TIMESTAMP '2024-02-28 23:59:59' + INTERVAL (i * 977) MILLISECOND AS at, "
    "(TIMESTAMP '1969-12-31 00:00:00' + INTERVAL (i) HOUR)::TIMESTAMP_MS AS at_ms, "
    "TIMESTAMPTZ '2024-01-01 00:00:00+00' + INTERVAL (i) SECOND AS at_zone, "
    "(DATE '1960-01-01' + (i % 40000)::INT) AS day "
    "FROM range({rows}) t(i)";
const std::vector<Asked> kAsked{{"lead", "lead", ParquetKind::text},
                                {"type", "type", ParquetKind::text},
                                {"note", "note", ParquetKind::text},
                                {"nobody", "nobody", ParquetKind::text},
                                {"small", "small", ParquetKind::whole},
                                {"wide", "wide", ParquetKind::whole},
                                {"amount", "amount", ParquetKind::number},
                                {"rate", "rate", ParquetKind::number},
                                {"at", "epoch_us(\"at\")", ParquetKind::instant},
                                {"at_ms", "epoch_us(at_ms::TIMESTAMP)", ParquetKind::instant},
                                {"at_zone", "epoch_us(at_zone)", ParquetKind::instant},
                                {"day", "epoch_us(day::TIMESTAMP)", ParquetKind::day}};

std::string replaced(std::string text, const std::string& name, std::size_t value) {
  const std::string mark = "{" + name + "}";
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark))
    text.replace(at, mark.size(), std::to_string(value));
  return text;
}

std::vector<std::string> read_by_engine(QueryEngine& engine, const std::string& path, const Asked& asked) {
  std::vector<std::string> all;
  const Status status =
      engine.query("SELECT " + std::string(asked.sql) + " FROM read_parquet(" + sql_quote(path) + ")",
                   [&](const QueryChunk& chunk) -> Status {
                     for (std::size_t row = 0; row < chunk.row_count(); ++row) {
                       if (chunk.is_null(0, row)) {
                         all.emplace_back("-");
                       } else if (asked.kind == ParquetKind::text) {
                         all.push_back("'" + std::string(chunk.text(0, row)) + "'");
                       } else if (asked.kind == ParquetKind::number) {
                         all.push_back(std::to_string(chunk.number(0, row)));
                       } else {
                         all.push_back(std::to_string(chunk.integer(0, row)));
                       }
                     }
                     return {};
                   });
  EXPECT_TRUE(status.has_value()) << to_text(status.error());
  return all;
}

void expect_same(const ParquetFile& file, QueryEngine& engine, const std::string& path) {
  for (const Asked& asked : kAsked) {
    SCOPED_TRACE(path + " " + asked.name);
    const auto place = file.find(asked.name);
    ASSERT_TRUE(place);
    ASSERT_EQ(place->kind, asked.kind);
    const auto expected = read_by_engine(engine, path, asked);
    const auto actual = asked.kind == ParquetKind::text     ? read_all<ParquetTexts>(file, asked.name)
                        : asked.kind == ParquetKind::number ? read_all<ParquetNumbers>(file, asked.name)
                                                            : read_all<ParquetIntegers>(file, asked.name);
    ASSERT_TRUE(actual);
    ASSERT_EQ(*actual, expected);
    if (asked.kind != ParquetKind::whole) continue;
    auto texts = expected;
    for (auto& text : texts) text = text == "-" ? text : "'" + text + "'";
    ASSERT_EQ(read_all<ParquetTexts>(file, asked.name), texts);
  }
}

// Both versions of the format, packed or not, lists short and too long, groups small and large.
TEST(ParquetFile, reads_what_the_query_engine_reads) {
  const auto files = posix_file_system();
  const auto engine = QueryEngine::open({});
  ASSERT_TRUE(engine.has_value());
  int number = 0;
  for (const char* codec : {"uncompressed", "snappy", "zstd"}) {
    for (const char* version : {"V1", "V2"}) {
      for (const std::size_t rows : {0U, 1U, 2'500U, 30'000U}) {
        for (const std::size_t many : {1U, 60U, 100'000U}) {
          const std::string path = path_of("engine-" + std::to_string(number++));
          const std::string table = replaced(replaced(kTable, "rows", rows), "many", many);
          const Status written =
              (*engine)->execute("COPY (" + table + ") TO " + sql_quote(path) + " (FORMAT parquet, CODEC " +
                                 codec + ", PARQUET_VERSION " + version + ", ROW_GROUP_SIZE 10240)");
          ASSERT_TRUE(written.has_value()) << to_text(written.error());
          const auto file = ParquetFile::open(*files, path);
          ASSERT_NE(file, nullptr);
          expect_same(*file, **engine, path);
        }
      }
    }
  }
}

// Our own writer has lengths of texts as differences.
TEST(ParquetFile, reads_what_we_write) {
  const auto files = posix_file_system();
  Random random(3);
  for (const PageCodec codec : {PageCodec::none, PageCodec::zstd}) {
    for (const std::size_t many : {3U, 1'000'000U}) {
      const std::string path = path_of("own-" + std::to_string(many) + (codec == PageCodec::none ? "" : "z"));
      ParquetWriter writer(*files, path, {{"who", StoredType::text}, {"n", StoredType::integer}}, codec);
      std::vector<std::string> who, n;
      for (int group = 0; group < 2; ++group) {
        for (int row = 0; row < 20'000; ++row) {
          const std::string text = "s" + std::to_string(random.below(many) * 77'777);
          const auto value = static_cast<std::int64_t>(random.next());
          if (row % 9 == 4) {
            writer.column(0).null();
            who.emplace_back("-");
          } else {
            writer.column(0).text(text);
            who.push_back("'" + text + "'");
          }
          writer.column(1).integer(value);
          n.push_back(std::to_string(value));
        }
        ASSERT_TRUE(writer.write_group().has_value());
      }
      ASSERT_TRUE(writer.finish().has_value());
      const auto file = ParquetFile::open(*files, path);
      ASSERT_NE(file, nullptr);
      EXPECT_EQ(read_all<ParquetTexts>(*file, "who"), who);
      EXPECT_EQ(read_all<ParquetIntegers>(*file, "n"), n);
    }
  }
}

// A file of one column of texts from pages that are given.
std::string file_of_pages(const std::vector<std::string>& dictionary,
                          const std::vector<std::vector<std::uint32_t>>& places,
                          const std::vector<std::vector<std::string>>& plain) {
  const auto plain_values = [](const std::vector<std::string>& texts) {
    std::string bytes;
    for (const auto& text : texts) {
      parquet::append_little_endian(bytes, text.size(), 4);
      bytes += text;
    }
    return bytes;
  };
  std::string bytes = "PAR1", pages;
  std::int64_t rows = 0;
  const auto add = [&](bool is_dictionary, std::size_t values, int encoding, const std::string& body) {
    parquet::append_page_header(pages, {is_dictionary, body.size(), body.size(), values, encoding});
    pages += body;
    if (!is_dictionary) rows += static_cast<std::int64_t>(values);
  };
  const auto levels = [](std::size_t values) {
    std::string run, body;
    parquet::append_run(run, 1, values, 1);
    parquet::append_little_endian(body, run.size(), 4);
    return body + run;
  };
  add(true, dictionary.size(), parquet::kPlain, plain_values(dictionary));
  const std::size_t data_at = pages.size();
  for (const auto& page : places) {
    std::string body = levels(page.size()) + '\x07';
    parquet::append_hybrid(body, page, 7);
    add(false, page.size(), parquet::kRleDictionary, body);
  }
  for (const auto& page : plain)
    add(false, page.size(), parquet::kPlain, levels(page.size()) + plain_values(page));
  parquet::RowGroup group;
  group.rows = rows;
  group.begin = bytes.size();
  ColumnPages shape;
  shape.encodings = {parquet::kPlain, parquet::kRleDictionary};
  shape.value_count = rows;
  shape.plain_bytes = shape.bytes = pages.size();
  shape.dictionary_at = 0;
  shape.data_at = data_at;
  group.columns.push_back(shape);
  bytes += pages;
  const std::string footer = parquet::footer({{"who", StoredType::text}}, {group});
  bytes += footer;
  parquet::append_little_endian(bytes, footer.size(), 4);
  return bytes + "PAR1";
}

void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// As writers do whose list grew too long: the first pages have places in it, later ones texts of their own.
TEST(ParquetFile, texts_may_follow_places_in_one_group) {
  const auto files = posix_file_system();
  const std::string path = path_of("fallback");
  const std::vector<std::string> dictionary{"a", "bb", ""};
  const std::vector<std::vector<std::uint32_t>> places{{0, 1, 2, 1}, {2, 2, 0}};
  const std::vector<std::vector<std::string>> plain{{"c", "a"}, {"dddd", "", "e"}, {"f"}};
  write(path, file_of_pages(dictionary, places, plain));
  const auto file = ParquetFile::open(*files, path);
  ASSERT_NE(file, nullptr);
  ParquetTexts column(*file, *file->find("who"));
  const std::vector<std::string> expected{"'a'", "'bb'", "''",     "'bb'", "''",  "''", "'a'",
                                          "'c'", "'a'",  "'dddd'", "''",   "'e'", "'f'"};
  for (const std::size_t portion : {1U, 2U, 5U, 13U}) {
    ASSERT_TRUE(column.start(0));
    std::vector<std::string> all;
    for (std::size_t left = expected.size(); left > 0;) {
      const std::size_t count = std::min<std::size_t>(portion, left);
      ASSERT_TRUE(column.read(count));
      EXPECT_EQ(column.lasting(), dictionary.size());
      for (std::size_t row = 0; row < count; ++row) all.push_back(shown(column, row));
      left -= count;
    }
    EXPECT_EQ(all, expected);
    EXPECT_FALSE(column.read(1));  // there are no more
  }
}

TEST(ParquetFile, gives_up_on_what_it_does_not_know) {
  const auto files = posix_file_system();
  const auto engine = QueryEngine::open({});
  const std::string path = path_of("unknown");
  ASSERT_TRUE(
      (*engine)
          ->execute(
              "COPY (SELECT 'a' AS who, TIMESTAMP_NS '2024-01-01 00:00:00' AS at, 'b'::BLOB AS raw, "
              "{'x': 'c'} AS nested, ['d'] AS listed, 1::UTINYINT AS small, 1.5::DECIMAL(5,2) AS price, "
              "true AS flag, uuid() AS id FROM range(5)) TO " +
              sql_quote(path) + " (FORMAT parquet, CODEC gzip)")
          .has_value());
  const auto file = ParquetFile::open(*files, path);
  ASSERT_NE(file, nullptr);
  for (const char* name : {"at", "raw", "small", "price", "flag", "id"}) {
    const auto place = file->find(name);
    ASSERT_TRUE(place) << name;
    EXPECT_EQ(place->kind, ParquetKind::other) << name;
  }
  for (const char* name : {"x", "nested", "listed", "nobody"}) EXPECT_FALSE(file->find(name)) << name;
  EXPECT_TRUE(file->find("who"));
  EXPECT_FALSE(file->find("Who"));
  const std::string twice = path_of("twice");
  ParquetWriter writer(*files, twice, {{"who", StoredType::text}, {"Who", StoredType::text}},
                       PageCodec::none);
  ASSERT_TRUE(writer.finish().has_value());
  EXPECT_FALSE(
      ParquetFile::open(*files, twice)->find("who"));  // the query engine gives the second another name
  EXPECT_EQ(ParquetFile::open(*files, path_of("missing")), nullptr);
  const std::string packed = path_of("packed");
  ASSERT_TRUE((*engine)
                  ->execute("COPY (SELECT 'a' AS who FROM range(5)) TO " + sql_quote(packed) +
                            " (FORMAT parquet, CODEC gzip)")
                  .has_value());
  const auto gzip = ParquetFile::open(*files, packed);
  ASSERT_NE(gzip, nullptr);
  EXPECT_FALSE(ParquetTexts(*gzip, *gzip->find("who")).start(0));
}

// Whatever byte is another, or missing: some rows or none, and no more than that.
TEST(ParquetFile, damage_is_survived) {
  const auto files = posix_file_system();
  const auto engine = QueryEngine::open({});
  const std::string path = path_of("whole"), broken = path_of("broken");
  for (const char* codec : {"uncompressed", "snappy", "zstd"}) {
    ASSERT_TRUE((*engine)
                    ->execute("COPY (" + replaced(replaced(kTable, "rows", 40), "many", 9) + ") TO " +
                              sql_quote(path) + " (FORMAT parquet, CODEC " + codec + ", PARQUET_VERSION V2)")
                    .has_value());
    std::ifstream in(path, std::ios::binary);
    const std::string whole{std::istreambuf_iterator<char>(in), {}};
    std::size_t given_up = 0, read = 0;
    for (std::size_t at = 0; at < whole.size(); at += 3) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1U << (at % 8)));
      write(broken, at % 5 == 0 ? whole.substr(0, at) : bytes);
      const auto file = ParquetFile::open(*files, broken);
      for (const Asked& asked : kAsked) {
        const bool is_read =
            file != nullptr && file->group_count() > 0 && file->rows_of(0) < 1'000 &&
            (asked.kind == ParquetKind::text     ? read_all<ParquetTexts>(*file, asked.name)
             : asked.kind == ParquetKind::number ? read_all<ParquetNumbers>(*file, asked.name)
                                                 : read_all<ParquetIntegers>(*file, asked.name))
                .has_value();
        ++(is_read ? read : given_up);
      }
    }
    EXPECT_GT(read, 0U);
    EXPECT_GT(given_up, whole.size() / 3);
  }
}

}  // namespace
}  // namespace weir::store
