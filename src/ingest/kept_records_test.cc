#include "ingest/kept_records.h"

#include <gtest/gtest.h>

namespace weir::ingest {
namespace {

using contract::ColumnType;

contract::Contract deals() {
  contract::Contract contract;
  contract.source = "deals";
  contract.fields.resize(3);
  contract.fields[0].name = "id";
  contract.fields[0].source_name = "Deal Id";
  contract.fields[0].required = true;
  contract.fields[1].name = "created";
  contract.fields[1].source_name = "Created On";
  contract.fields[1].type = ColumnType::date;
  contract.fields[1].date_format = "%d.%m.%Y";
  contract.fields[2].name = "amount";
  contract.fields[2].source_name = "Amount";
  contract.fields[2].type = ColumnType::number;
  contract::set_normal_form(contract);
  return contract;
}

class KeptRecords : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = store::QueryEngine::open({});
    ASSERT_TRUE(opened.has_value());
    engine_ = *std::move(opened);
  }
  ReadAgain again(KeptForm form, const std::vector<std::string>& header,
                  const std::vector<KeptRecord>& records) {
    auto read = read_again(*engine_, deals(), ReadOptions{}, form, header, records);
    EXPECT_TRUE(read.has_value()) << (read.has_value() ? "" : to_text(read.error()));
    return read.has_value() ? *std::move(read) : ReadAgain{};
  }
  std::unique_ptr<store::QueryEngine> engine_;
};

TEST_F(KeptRecords, csv_lines_are_cut_by_the_header_of_their_file_and_keep_their_rows) {
  const auto read = again(KeptForm::sent_csv, {"Amount", "Deal Id", "Created On"},
                          {{7, 8, "1.5;D7;02.01.2026"}, {9, 10, "2;\"D;9\";03.01.2026\n"}});
  ASSERT_EQ(read.batches.size(), 1U);
  EXPECT_EQ(read.batches[0].rows, (std::vector<std::int64_t>{7, 9}));
  EXPECT_EQ(read.batches[0].columns[0].text(1), "D;9");
  EXPECT_TRUE(read.rejected.empty());
}

TEST_F(KeptRecords, a_record_that_still_breaks_its_contract_comes_back_with_its_place_and_payload) {
  const auto read =
      again(KeptForm::sent_csv, {"Deal Id", "Created On", "Amount"}, {{4, 5, "D4,yesterday,1"}});
  ASSERT_EQ(read.rejected.size(), 1U);
  EXPECT_EQ(read.rejected[0].row, 4);
  EXPECT_EQ(read.rejected[0].line, 5);
  EXPECT_EQ(read.rejected[0].payload, "D4,yesterday,1");
}

TEST_F(KeptRecords, a_payload_that_swallows_the_next_one_costs_only_itself) {
  const auto read =
      again(KeptForm::sent_csv, {"Deal Id", "Created On", "Amount"},
            {{1, 2, "\"D1,02.01.2026,1"}, {2, 3, "D2,02.01.2026,2"}, {3, 4, "D3,02.01.2026,3"}});
  std::vector<std::int64_t> rows;
  for (const auto& batch : read.batches) rows.insert(rows.end(), batch.rows.begin(), batch.rows.end());
  EXPECT_EQ(rows, (std::vector<std::int64_t>{2, 3}));
  ASSERT_EQ(read.rejected.size(), 1U);
  EXPECT_EQ(read.rejected[0].row, 1);
}

TEST_F(KeptRecords, normalised_records_are_read_in_iso_form_whatever_the_file_had) {
  const auto read =
      again(KeptForm::normalised, {},
            {{3, 0, R"({"id":"D3","created":"2026-01-04","amount":"1.25"})"}, {5, 0, R"({"id":"D5"})"}});
  ASSERT_EQ(read.batches.size(), 1U);
  const auto& batch = read.batches[0];
  EXPECT_EQ(batch.rows, (std::vector<std::int64_t>{3, 5}));
  EXPECT_EQ(batch.columns[1].integers[0], parse_date("2026-01-04")->days);
  EXPECT_EQ(batch.columns[2].numbers[0], 1.25);
  EXPECT_TRUE(batch.columns[2].is_null(1));
}

TEST(LikelyDelimiter, is_the_one_that_gives_as_many_cells_as_the_header) {
  EXPECT_EQ(likely_delimiter({{1, 2, "a;\"b;b\";1,5"}}, 3), ';');
  EXPECT_EQ(likely_delimiter({{1, 2, "a"}}, 3), ',');
}

}  // namespace
}  // namespace weir::ingest
