#include "ingest/kept_records.h"

#include <algorithm>

#include "ingest/memory_files.h"

namespace weir::ingest {
namespace {

// What a record under normalised names is read by: its own names and, in one that is normalised as a whole,
// ISO values instead of the file's.
contract::Contract named_contract(const contract::Contract& contract, KeptForm form) {
  contract::Contract normal = contract;
  for (contract::Field& field : normal.fields) {
    field.source_name = field.name;
    if (form == KeptForm::sent_named) continue;
    field.date_format.clear();
    field.decimal_mark = 0;
  }
  return normal;
}

std::string quoted_cell(const std::string& cell) {
  std::string text = "\"";
  for (const char c : cell) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + "\"";
}

std::string header_line(const std::vector<std::string>& header, char delimiter) {
  std::string line;
  for (std::size_t i = 0; i < header.size(); ++i)
    line += (i == 0 ? "" : std::string(1, delimiter)) + quoted_cell(header[i]);
  return line + "\n";
}

struct Form {
  contract::Contract contract;
  ReadOptions options;
  std::string name, head;
};

Form form_of(const contract::Contract& contract, const ReadOptions& options, KeptForm form,
             const std::vector<std::string>& header, const std::vector<KeptRecord>& records) {
  Form made{form == KeptForm::normalised || form == KeptForm::sent_named ? named_contract(contract, form)
                                                                         : contract,
            options, "kept.jsonl", ""};
  made.options.csv.encoding = "utf-8";  // payloads are kept as UTF-8 whatever the file was
  if (form == KeptForm::sent_csv) {
    if (!made.options.csv.delimiter) made.options.csv.delimiter = likely_delimiter(records, header.size());
    if (!made.options.csv.quote) made.options.csv.quote = '"';
    made.name = "kept.csv";
    made.head = header_line(header, *made.options.csv.delimiter);
    made.options.format = workspace::FileFormat::csv;
    return made;
  }
  made.options.format = workspace::FileFormat::jsonl;
  if (form == KeptForm::normalised) {
    made.options.csv.null_values.clear();  // nulls were recognised when the record came
    made.options.csv.date_format.clear();
  }
  return made;
}

// One pass; empty when rows and records do not match one to one (a payload that is not one record by itself).
Result<std::optional<ReadAgain>> read_pass(store::QueryEngine& engine, const Form& form,
                                           const KeptRecord* first, std::size_t count) {
  std::string text = form.head;
  for (std::size_t i = 0; i < count; ++i) {
    text += first[i].text;
    if (text.empty() || text.back() != '\n') text += '\n';
  }
  MemoryFiles files(form.name, std::move(text));
  WEIR_TRY(const auto reader, open_file(files, engine, form.name, form.contract, form.options));
  ReadAgain again;
  std::size_t seen = 0;
  const auto in_range = [&](std::int64_t row) { return row >= 1 && row <= static_cast<std::int64_t>(count); };
  for (;;) {
    contract::RecordBatch batch;
    const auto more = reader->next(batch, again.rejected);
    if (!more.has_value()) return std::optional<ReadAgain>{};
    if (!*more) break;
    for (std::int64_t& row : batch.rows) {
      if (!in_range(row)) return std::optional<ReadAgain>{};
      row = first[row - 1].row;
    }
    seen += batch.row_count();
    if (batch.row_count() > 0) again.batches.push_back(std::move(batch));
  }
  for (contract::Rejected& record : again.rejected) {
    if (!in_range(record.row)) return std::optional<ReadAgain>{};
    const KeptRecord& kept = first[record.row - 1];
    record.row = kept.row;
    record.line = kept.line;
    record.payload = kept.text;
  }
  if (seen + again.rejected.size() != count) return std::optional<ReadAgain>{};
  return std::optional<ReadAgain>(std::move(again));
}

}  // namespace

char likely_delimiter(const std::vector<KeptRecord>& records, std::size_t columns) {
  char best = ',';
  std::size_t most = 0;
  for (const char delimiter : {',', ';', '\t', '|'}) {
    std::size_t fitting = 0;
    for (const KeptRecord& record : records) {
      std::size_t cells = 1;
      bool quoted = false;
      for (const char c : record.text) {
        if (c == '"') quoted = !quoted;
        if (c == delimiter && !quoted) ++cells;
      }
      if (cells == columns) ++fitting;
    }
    if (fitting > most) {
      best = delimiter;
      most = fitting;
    }
  }
  return best;
}

Result<ReadAgain> read_again(store::QueryEngine& engine, const contract::Contract& contract,
                             const ReadOptions& options, KeptForm form,
                             const std::vector<std::string>& header, const std::vector<KeptRecord>& records) {
  if (records.empty()) return ReadAgain{};
  const Form made = form_of(contract, options, form, header, records);
  WEIR_TRY(auto all, read_pass(engine, made, records.data(), records.size()));
  if (all) return *std::move(all);
  // Some payload is less or more than one record: each by itself, and those that still are stay broken.
  ReadAgain again;
  for (const KeptRecord& record : records) {
    WEIR_TRY(auto one, read_pass(engine, made, &record, 1));
    if (!one) {
      again.rejected.push_back(
          {record.row, record.line, "", "the record cannot be read", "parse", record.text});
      continue;
    }
    std::move(one->batches.begin(), one->batches.end(), std::back_inserter(again.batches));
    std::move(one->rejected.begin(), one->rejected.end(), std::back_inserter(again.rejected));
  }
  return again;
}

}  // namespace weir::ingest
