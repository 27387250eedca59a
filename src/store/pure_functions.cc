#include <algorithm>

#include "store/expression.h"

namespace weir::store {

// Everything here gives the same value for the same arguments on every machine and at every time. Left out on
// purpose: clock (now, today, age with one argument), random, settings and variables, files, sequences,
// floating-point aggregates over lists.
const std::vector<std::string>& pure_functions() {
  static const std::vector<std::string> kFunctions = [] {
    std::vector<std::string> names{
        // operators
        "+", "-", "*", "/", "//", "%", "||", "~~", "!~~", "~~*", "!~~*", "~~~", "^@", "**", "^", "&", "|",
        "<<", ">>", "->", "->>", "like_escape", "not_like_escape", "ilike_escape", "not_ilike_escape",
        // numbers
        "abs", "add", "ceil", "ceiling", "even", "floor", "greatest", "isfinite", "isnan", "least", "mod",
        "multiply", "round", "sign", "subtract", "trunc", "divide", "nextafter",
        // text
        "ascii", "bar", "chr", "concat", "concat_ws", "contains", "damerau_levenshtein", "ends_with",
        "format", "hamming", "instr", "jaccard", "jaro_similarity", "jaro_winkler_similarity", "lcase",
        "left", "left_grapheme", "len", "length", "levenshtein", "lower", "lpad", "ltrim", "md5",
        "nfc_normalize", "position", "prefix", "regexp_extract", "regexp_full_match", "regexp_matches",
        "regexp_replace", "repeat", "replace", "reverse", "right", "rpad", "rtrim", "sha256", "split_part",
        "starts_with", "strip_accents", "strlen", "strpos", "substr", "substring", "suffix", "translate",
        "trim", "ucase", "unicode", "upper",
        // time
        "date_add", "date_diff", "date_part", "date_sub", "date_trunc", "datediff", "datepart", "datesub",
        "datetrunc", "day", "dayname", "dayofmonth", "dayofweek", "dayofyear", "epoch", "epoch_ms",
        "epoch_us", "hour", "isodow", "isoyear", "last_day", "make_date", "make_timestamp", "minute", "month",
        "monthname", "quarter", "second", "strftime", "strptime", "to_days", "to_hours", "to_microseconds",
        "to_milliseconds", "to_minutes", "to_months", "to_seconds", "to_timestamp", "to_weeks", "to_years",
        "try_strptime", "week", "weekday", "weekofyear", "year", "yearweek",
        // JSON
        "json_array_length", "json_contains", "json_exists", "json_extract", "json_extract_path",
        "json_extract_path_text", "json_extract_string", "json_keys", "json_type", "json_valid",
        // nulls and choice
        "coalesce", "if", "ifnull", "nullif",
        // our own
        "prop", "prop_number", "prop_time"};
    std::sort(names.begin(), names.end());
    return names;
  }();
  return kFunctions;
}

}  // namespace weir::store
