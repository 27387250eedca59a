// The files of one export: rows go in by the day they are delivered on, come out in time order, one file per
// week or month, with the dirt of real exports: late, repeated and broken records.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "demo/csv_row.h"
#include "demo/draws.h"

namespace weir::demo {

enum class Every : std::uint8_t { week, month };

struct DeliveryPlan {
  std::string name{};  // "crm/leads": file exports/crm/leads_<date>.csv
  Every every{Every::month};
  std::string header{};  // CSV; empty for JSON lines
  int time_cell{-1};     // cells that dirt may go into; -1: none
  int amount_cell{-1};
  int choice_cell{-1};  // a column with a closed list of values
  bool repairs{false};  // a broken record comes again, whole, in the next delivery
  bool latin_1{false};
};

struct DirtCounts {
  std::int64_t rows{0};  // data lines in all files, dirt included
  std::int64_t files{0};
  std::int64_t late{0};       // stand in a later file than they should
  std::int64_t duplicate{0};  // stand a second time in a later file
  std::int64_t repaired{0};   // broken first, whole in the next delivery
  std::int64_t bad_time{0}, ragged{0}, bad_amount{0}, unknown_choice{0}, invalid_json{0};
  [[nodiscard]] std::int64_t broken() const noexcept {
    return bad_time + ragged + bad_amount + unknown_choice + invalid_json;
  }
};

// Not thread-safe. Days go forward only.
class Delivery {
 public:
  Delivery(FileSystem& files, std::string directory, DeliveryPlan plan, Draws draws);

  // A row of time `at`, delivered with the files of `day`; days after the history are left out.
  void add(int day, Wall at, const CsvRow& row);
  void add(int day, Wall at, const std::string& json_line);
  // A row that stays as it is.
  void add_clean(int day, Wall at, std::string line);
  // Writes what belongs to the day; ends the file with its week or month.
  [[nodiscard]] Status close_day(int day);
  [[nodiscard]] const DirtCounts& counts() const noexcept { return counts_; }
  [[nodiscard]] const std::string& name() const noexcept { return plan_.name; }

 private:
  struct Row {
    Wall at{0};
    std::string line;
  };
  enum class Fate : std::uint8_t { clean, broken, late, duplicate };
  [[nodiscard]] Fate draw_fate(int day);
  void place(Fate fate, int day, Wall at, std::string line, std::string broken_line);
  [[nodiscard]] std::string break_row(const CsvRow& row);
  [[nodiscard]] int next_delivery(int day) const noexcept;
  [[nodiscard]] std::string path_of(int day) const;
  [[nodiscard]] bool ends_file(int day) const noexcept;
  [[nodiscard]] Status open(int day);

  FileSystem* files_;
  std::string directory_;
  DeliveryPlan plan_;
  Draws draws_;
  DirtCounts counts_;
  std::map<int, std::vector<Row>> waiting_;  // by day
  std::unique_ptr<OutputFile> file_;
  std::string buffer_;
};

}  // namespace weir::demo
