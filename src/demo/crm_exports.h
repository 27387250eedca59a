// What the CRM delivers: companies and contacts as weekly states, leads and deals as saved versions, logs of
// stage moves and conversions.
#pragma once

#include <set>
#include <vector>

#include "demo/delivery.h"
#include "demo/pursuit.h"
#include "demo/register.h"

namespace weir::demo {

class CrmExports {
 public:
  CrmExports(FileSystem& files, const std::string& directory, const Draws& draws);

  // The state goes out with the next delivery.
  void account_changed(int account) { changed_accounts_.insert(account); }
  void contact_changed(int contact) { changed_contacts_.insert(contact); }
  // A saved version, delivered with the week of `at`.
  void lead_version(Register& parties, const Pursuit& lead, Wall at);
  void deal_version(Register& parties, const Pursuit& deal, Wall at);
  void stage_moved(const Pursuit& deal, std::string_view from, std::string_view to, Wall at);
  void converted(const Pursuit& lead, const Pursuit& deal, Wall at);
  [[nodiscard]] Status close_day(int day, Register& parties);
  [[nodiscard]] std::vector<const Delivery*> deliveries() const;
  [[nodiscard]] std::int64_t unknown_owner_rows() const noexcept { return unknown_owner_rows_; }

 private:
  void deliver_states(int day, Register& parties);
  void add_owner(CsvRow& row, const Pursuit& pursuit);
  Delivery companies_, contacts_, leads_, deals_, history_, conversions_;
  std::set<int> changed_accounts_, changed_contacts_;  // since the last delivery
  std::int64_t unknown_owner_rows_{0};
  std::int64_t history_count_{0};
  std::int64_t conversion_count_{0};
};

// exports/crm/owners.csv.
[[nodiscard]] Status write_owners(FileSystem& files, const std::string& directory);

inline constexpr std::int64_t kAccountIds = 100'000;
inline constexpr std::int64_t kContactIds = 200'000;
inline constexpr std::int64_t kLeadIds = 300'000;
inline constexpr std::int64_t kDealIds = 900'000;

// "cmp-2025-03-webinar": the campaign of a source in a month of the history.
[[nodiscard]] std::string campaign_id(int source, int month);
// Months since the first one.
[[nodiscard]] int month_at(int day);

}  // namespace weir::demo
