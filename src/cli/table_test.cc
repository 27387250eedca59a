#include "cli/table.h"

#include <gtest/gtest.h>

#include <rapidcheck.h>
#include <cmath>
#include <sstream>

#include "cli/display_width.h"

namespace weir::cli {
namespace {

Money euro(std::int64_t minor) {
  return Money{minor, *Currency::parse("EUR")};
}

Table stages() {
  Table table({{"stage"},
               {"entered", ColumnKind::number},
               {"conversion", ColumnKind::number},
               {"value", ColumnKind::money}});
  table.add_row({Cell::text("sql"), Cell::integer(1200), Cell::number(0.345), Cell::money(euro(123450))});
  table.add_row({Cell::text("opportunity"), Cell::integer(7), Cell::text("too early"), Cell::null()});
  return table;
}

TEST(Table, columns_are_aligned) {
  EXPECT_EQ(stages().to_text(),
            "stage        entered  conversion         value\n"
            "sql             1200        0.34  1,234.50 EUR\n"
            "opportunity        7   too early             -\n");
}

TEST(Table, csv_is_exact_and_names_the_currency) {
  EXPECT_EQ(stages().to_csv(),
            "stage,entered,conversion,value,value_currency\n"
            "sql,1200,0.345,1234.50,EUR\n"
            "opportunity,7,too early,,\n");
}

TEST(Table, json_is_typed) {
  JsonWriter json(0);
  stages().write_json(json);
  JsonWriter expected(0);
  expected.begin_array()
      .begin_object()
      .field("stage", "sql")
      .field("entered", std::int64_t{1200})
      .field("conversion", 0.345);
  expected.key("value")
      .begin_object()
      .field("amount", "1234.50")
      .field("currency", "EUR")
      .end_object()
      .end_object();
  expected.begin_object()
      .field("stage", "opportunity")
      .field("entered", std::int64_t{7})
      .field("conversion", "too early");
  expected.key("value").null().end_object().end_array();
  EXPECT_EQ(json.text(), expected.text());
}

TEST(Table, an_empty_table_has_its_header) {
  const Table table({{"stage"}, {"value", ColumnKind::money}});
  EXPECT_EQ(table.to_text(), "stage  value\n");
  EXPECT_EQ(table.to_csv(), "stage,value,value_currency\n");
  EXPECT_EQ(table.to_json(), "[]");
}

TEST(Table, times_dates_and_flags) {
  Table table({{"at", ColumnKind::time}, {"day", ColumnKind::time}, {"late"}});
  table.add_row({Cell::time(0), Cell::date(date_of(2026, 3, 1)), Cell::boolean(true)});
  EXPECT_EQ(table.to_text(),
            "at                    day         late\n"
            "1970-01-01T00:00:00Z  2026-03-01  yes\n");
  EXPECT_EQ(table.to_csv(), "at,day,late\n1970-01-01T00:00:00Z,2026-03-01,true\n");
}

TEST(Table, numbers_are_never_minus_zero_nor_not_a_number) {
  EXPECT_EQ(Cell::number(-0.001, 2).readable(), "0.00");
  EXPECT_EQ(Cell::number(-0.006, 2).readable(), "-0.01");
  EXPECT_EQ(Cell::number(2.5, 0).readable(), "2");
  EXPECT_TRUE(Cell::number(std::nan("")).is_null());
  EXPECT_TRUE(Cell::number(INFINITY).is_null());
  EXPECT_TRUE(Cell::maybe(std::optional<std::int64_t>{}, Cell::integer).is_null());
  EXPECT_EQ(Cell::maybe(std::optional<std::int64_t>{3}, Cell::integer).readable(), "3");
}

TEST(Table, wide_names_keep_the_columns_straight) {
  Table table({{"account"}, {"n", ColumnKind::number}});
  table.add_row({Cell::text("株式会社"), Cell::integer(1)});
  table.add_row({Cell::text("Mu\u0308ller"), Cell::integer(22)});
  EXPECT_EQ(table.to_text(),
            "account    n\n"
            "株式会社   1\n"
            "Mu\u0308ller    22\n");
}

TEST(Table, a_hostile_name_stays_in_its_line) {
  Table table({{"account"}});
  table.add_row({Cell::text("\x1b]0;pwned\x07\n\x1b[2Jx")});
  EXPECT_EQ(table.to_text(), "account\n␛]0;pwned␇␊␛[2Jx\n");
}

TEST(Table, only_text_is_cut_to_a_terminals_width) {
  Table table({{"account"}, {"note"}, {"amount", ColumnKind::number}});
  table.add_row({Cell::text("a very long account name"), Cell::text("a note that is even longer than that"),
                 Cell::integer(123456789012)});
  EXPECT_EQ(table.to_text(50),
            "account            note                     amount\n"
            "a very long acco…  a note that is e…  123456789012\n");
}

TEST(Table, what_cannot_fit_keeps_its_figures) {
  Table table({{"account"}, {"amount", ColumnKind::number}});
  table.add_row({Cell::text("a very long account name"), Cell::integer(123456789012)});
  EXPECT_EQ(table.to_text(5),
            "account         amount\n"
            "a very …  123456789012\n");
}

TEST(Csv, formulas_are_disarmed_in_text_only) {
  for (const std::string text :
       {"=1+1", "+49 30", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "－1"}) {
    const std::string field = Cell::text(text).csv();
    const std::string content = field.front() == '"' ? field.substr(1) : field;
    EXPECT_EQ(content.front(), '\'') << text;
  }
  EXPECT_EQ(Cell::integer(-5).csv(), "-5");
  EXPECT_EQ(Cell::number(-0.5).csv(), "-0.5");
  EXPECT_EQ(Cell::money(euro(-150)).csv(), "-1.50");
  EXPECT_EQ(Cell::text("a=1").csv(), "a=1");
  EXPECT_EQ(Cell::text("").csv(), "");
}

TEST(Csv, fields_are_quoted_where_needed) {
  EXPECT_EQ(Cell::text("a,b").csv(), "\"a,b\"");
  EXPECT_EQ(Cell::text("say \"hi\"").csv(), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(Cell::text("two\nlines").csv(), "\"two\nlines\"");
  EXPECT_EQ(Cell::text("a;b").csv(), "\"a;b\"") << "the separator of German spreadsheets";
  EXPECT_EQ(Cell::text("=\"x\"").csv(), "\"'=\"\"x\"\"\"");
  EXPECT_EQ(Cell::text(std::string("\xff\0", 2)).csv(), "\uFFFD\uFFFD");
}

TEST(TableProperty, a_table_fits_its_terminal) {
  const bool holds = rc::check("a table fits its terminal", [](const std::vector<std::string>& names) {
    Table table({{"name"}, {"n", ColumnKind::number}});
    for (const std::string& name : names) table.add_row({Cell::text(name), Cell::integer(7)});
    const int width = *rc::gen::inRange(11, 60);
    std::istringstream lines(table.to_text(width));
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) RC_ASSERT(display_width(line) <= width);
    RC_ASSERT(count == names.size() + 1);
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace weir::cli
