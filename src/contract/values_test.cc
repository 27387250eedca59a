#include "contract/values.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <string>

#include "base/random.h"
#include "contract/time_format.h"

namespace weir::contract {
namespace {

using State = ParsedNumber::State;

double number_of(std::string_view text, char mark = 0) {
  const ParsedNumber parsed = parse_number(text, mark);
  EXPECT_EQ(parsed.state, State::good) << text;
  return parsed.value;
}

TEST(values, whole_numbers_are_read_to_the_last_of_64_bits) {
  EXPECT_EQ(parse_integer("9223372036854775807"), std::int64_t{9223372036854775807LL});
  EXPECT_EQ(parse_integer("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_FALSE(parse_integer("9223372036854775808"));
  EXPECT_EQ(parse_integer("+5"), 5);
  EXPECT_EQ(parse_integer("2822.0"), 2822);
  EXPECT_EQ(parse_integer("1,234,567"), 1234567);
  for (const char* text :
       {"", "-", "+", "2.5", "1e3", "0x10", "12 ", "1,23", "1,,234", "--1", "+-1", ",123", "1234,567"}) {
    EXPECT_FALSE(parse_integer(text)) << text;
  }
}

// Short decimals are read without the library: to the same double, whatever their digits are.
TEST(values, decimals_of_up_to_fifteen_characters_are_read_as_the_library_reads_them) {
  Random random(23);
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    const std::size_t digits = 1 + random.below(16);
    for (std::size_t d = 0; d < digits; ++d) text += static_cast<char>('0' + random.below(10));
    if (digits > 1 && random.chance(0.8)) text.insert(1 + random.below(digits - 1), ".");
    if (random.chance(0.3)) text.insert(0, "-");
    double expected = 0;
    std::from_chars(text.data(), text.data() + text.size(), expected);
    const double read = number_of(text);
    EXPECT_EQ(std::bit_cast<std::uint64_t>(read), std::bit_cast<std::uint64_t>(expected)) << text;
  }
  EXPECT_TRUE(std::signbit(number_of("-0")));
}

// The usual form is read without the calendar: only where the day is in every month.
TEST(values, instants_of_the_usual_form) {
  const Zone utc = Zone::utc();
  EXPECT_EQ(parse_instant("1970-01-01T00:00:01Z", utc), 1'000'000);
  EXPECT_EQ(parse_instant("2024-02-29T23:59:60Z", utc), parse_instant("2024-02-29T23:59:59Z", utc));
  EXPECT_EQ(parse_instant("2025-01-31T12:30:45Z", utc), parse_instant("2025-01-31 12:30:45+00:00", utc));
  EXPECT_EQ(parse_instant("2025-01-28T12:30:45Z", utc), parse_instant("2025-01-28 12:30:45+00:00", utc));
  for (const char* text :
       {"2023-02-29T00:00:00Z", "2023-04-31T00:00:00Z", "0000-01-01T00:00:00Z", "2023-13-01T00:00:00Z",
        "2023-00-01T00:00:00Z", "2023-01-00T00:00:00Z", "2023-01-01T24:00:00Z", "2023-01-01T00:60:00Z",
        "2023-01-01T00:00:61Z", "2023-01-0xT00:00:00Z", "2023-01-01T0/:00:00Z", "2023-01-01T0::00:00Z"})
    EXPECT_FALSE(parse_instant(text, utc)) << text;
}

TEST(values, plain_numbers) {
  EXPECT_EQ(number_of("1100.04"), 1100.04);
  EXPECT_EQ(number_of("-.5"), -0.5);
  EXPECT_EQ(number_of("+1e3"), 1000);
  for (const char* text : {"", "-", ".", "inf", "nan", "NaN", "-inf", "0x1p3", "1e999", "1.2.3", "abc", "1 2",
                           "--1", "1-2", "$", "12,34,567"}) {
    EXPECT_EQ(parse_number(text, 0).state, State::bad) << text;
  }
}

TEST(values, separators_are_read_only_when_they_can_mean_one_thing) {
  EXPECT_EQ(number_of("1,234.50"), 1234.5);
  EXPECT_EQ(number_of("1.234,50"), 1234.5);
  EXPECT_EQ(number_of("1,234,567"), 1234567);
  EXPECT_EQ(number_of("1.234.567"), 1234567);
  EXPECT_EQ(number_of("0,5"), 0.5);
  EXPECT_EQ(number_of("1234,5"), 1234.5);
  EXPECT_EQ(number_of("0,500"), 0.5);
  EXPECT_EQ(number_of("1'234.50"), 1234.5);
  EXPECT_EQ(number_of("1 234,50"), 1234.5);
  EXPECT_EQ(number_of("1\xC2\xA0"
                      "234,50"),
            1234.5);
  EXPECT_EQ(parse_number("1,234", 0).state, State::ambiguous);
  EXPECT_EQ(number_of("1,234", '.'), 1234);
  EXPECT_EQ(number_of("1,234", ','), 1.234);
  EXPECT_EQ(number_of("1.234", ','), 1234);
  EXPECT_EQ(number_of("1.234", '.'), 1.234);
  EXPECT_EQ(parse_number("1,5", '.').state, State::bad);
  EXPECT_EQ(parse_number("1.5", ',').state, State::bad);
}

TEST(values, a_currency_sign_does_not_hide_a_number) {
  EXPECT_EQ(number_of("$1,054.00"), 1054);
  EXPECT_EQ(number_of("-$5"), -5);
  EXPECT_EQ(number_of("$-5"), -5);
  EXPECT_EQ(number_of("99,90 \xE2\x82\xAC"), 99.9);
}

TEST(values, booleans) {
  for (const char* text : {"true", "TRUE", "Yes", "t", "y", "1"})
    EXPECT_EQ(parse_boolean(text), true) << text;
  for (const char* text : {"false", "No", "F", "n", "0"}) EXPECT_EQ(parse_boolean(text), false) << text;
  for (const char* text : {"", "2", "truee", "on", "ja", "falsch"}) EXPECT_FALSE(parse_boolean(text)) << text;
}

TEST(values, epochs) {
  EXPECT_EQ(parse_epoch("1500000000", false), 1'500'000'000'000'000);
  EXPECT_EQ(parse_epoch("1500000000123", true), 1'500'000'000'123'000);
  EXPECT_EQ(parse_epoch("1500000000.25", false), 1'500'000'000'250'000);
  EXPECT_EQ(parse_epoch("-1.5", false), -1'500'000);
  EXPECT_EQ(parse_epoch("-0.5", false), -500'000);
  for (const char* text : {"", "x", "1.", "9223372036854775807", "1e9", "99999999999999"})
    EXPECT_FALSE(parse_epoch(text, false)) << text;
}

TEST(values, a_date_time_without_an_offset_stands_in_the_zone) {
  const Zone zone = *Zone::find("America/New_York");
  EXPECT_EQ(rfc3339(*parse_instant("2017-07-01 12:00:00", zone)), "2017-07-01T16:00:00Z");
  EXPECT_EQ(rfc3339(*parse_instant("2017-07-01T12:00:00+02:00", zone)), "2017-07-01T10:00:00Z");
  EXPECT_EQ(rfc3339(*parse_instant("2017-07-01", zone)), "2017-07-01T04:00:00Z");
  EXPECT_EQ(rfc3339(*parse_instant("2017-7-1 2:00:54", zone)), "2017-07-01T06:00:54Z");
  EXPECT_EQ(rfc3339(*parse_instant("2017/07/01 12:00:00 UTC", zone)), "2017-07-01T12:00:00Z");
  EXPECT_EQ(rfc3339(*parse_instant("2017-07-01 12:00:00 +02:00", zone)), "2017-07-01T10:00:00Z");
  for (const char* wrong :
       {"2017-07/01", "2017-7-", "2017-07-01 ", "2017-07-01 2", "2017-123-1", "2017-07-01T2:5"})
    EXPECT_FALSE(parse_instant(wrong, zone)) << wrong;
  EXPECT_FALSE(parse_instant("2017-02-29", zone));
}

TEST(values, cutting_splits_no_character) {
  EXPECT_EQ(cut_text("a\xC3\xA4", 2), "a");
  EXPECT_EQ(cut_text("a\xC3\xA4", 3), "a\xC3\xA4");
  EXPECT_EQ(character_count("a\xC3\xA4\xE2\x82\xAC"), 3U);
}

std::string read_with(const char* format, std::string_view text) {
  const auto compiled = TimeFormat::compile(format);
  if (!compiled) return compiled.error().message;
  const auto civil = compiled->parse(text);
  if (!civil) return "none";
  return to_text(civil->date) + " " + std::to_string(civil->micros_of_day / kMicrosPerSecond) +
         (civil->offset_seconds ? " " + std::to_string(*civil->offset_seconds) : "");
}

TEST(time_format, usual_forms) {
  EXPECT_EQ(read_with("%m/%d/%Y", "3/1/2017"), "2017-03-01 0");
  EXPECT_EQ(read_with("%m/%d/%Y", "03/01/2017"), "2017-03-01 0");
  EXPECT_EQ(read_with("%d.%m.%y", "1.3.99"), "1999-03-01 0");
  EXPECT_EQ(read_with("%d.%m.%y", "31.12.99"), "1999-12-31 0");
  EXPECT_EQ(read_with("%d.%m.%y", "31.12.68"), "2068-12-31 0");
  EXPECT_EQ(read_with("%Y%m%d", "20170301"), "2017-03-01 0");
  EXPECT_EQ(read_with("%Y%m%d", "2017031"), "none");
  EXPECT_EQ(read_with("%d-%b-%Y", "01-MAR-2017"), "2017-03-01 0");
  EXPECT_EQ(read_with("%B %d, %Y", "march 1, 2017"), "2017-03-01 0");
  EXPECT_EQ(read_with("%m/%d/%Y %I:%M %p", "3/1/2017 12:05 AM"), "2017-03-01 300");
  EXPECT_EQ(read_with("%m/%d/%Y %I:%M %p", "3/1/2017 12:05 pm"), "2017-03-01 43500");
  EXPECT_EQ(read_with("%FT%T%z", "2017-03-01T10:00:00+02:00"), "2017-03-01 36000 7200");
  EXPECT_EQ(read_with("%F %T.%f", "2017-03-01 00:00:01.5"), "2017-03-01 1");
}

TEST(time_format, days_that_do_not_exist_are_no_dates) {
  for (const char* text : {"2/29/2017", "13/1/2017", "0/1/2017", "4/31/2017", "1/0/2017", "1/1/17",
                           "1/1/2017 ", " 1/1/2017", "", "1/1/", "1/1/0000"}) {
    EXPECT_EQ(read_with("%m/%d/%Y", text), "none") << text;
  }
  EXPECT_EQ(read_with("%m/%d/%Y", "2/29/2016"), "2016-02-29 0");
}

TEST(time_format, a_wrong_format_is_named) {
  EXPECT_EQ(read_with("%Q", ""), "the date format '%Q' has an unknown directive '%Q'");
  EXPECT_EQ(read_with("%d.%m.%", ""), "the date format '%d.%m.%' has an unknown directive '%'");
  EXPECT_EQ(read_with("yyyy", ""), "'yyyy' is no date format such as %m/%d/%Y");
}

}  // namespace
}  // namespace weir::contract
