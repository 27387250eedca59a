// The company's two years, day by day: companies and leads arrive, are pursued, move on, are lost, become
// deals. Memory holds the parties, the open pursuits and the rows of files not yet written; never the whole
// history.
#pragma once

#include <string>
#include <vector>

#include "demo/activity_exports.h"
#include "demo/crm_exports.h"
#include "demo/engagement.h"
#include "demo/hazards.h"
#include "demo/truth.h"

namespace weir::demo {

class Simulation {
 public:
  // `leads`: how many arrive in the two years, on average over seeds.
  Simulation(FileSystem& files, const std::string& directory, const WallClock& clock, double leads,
             std::uint64_t seed);
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;
  ~Simulation() = default;

  [[nodiscard]] Status run();

  [[nodiscard]] const Truth& truth() const noexcept { return truth_; }
  [[nodiscard]] const Register& parties() const noexcept { return parties_; }
  [[nodiscard]] std::vector<const Delivery*> deliveries() const;
  [[nodiscard]] std::int64_t unknown_owner_rows() const noexcept { return crm_.unknown_owner_rows(); }
  [[nodiscard]] std::int64_t name_variants() const noexcept { return activities_.name_variants(); }
  [[nodiscard]] std::int64_t rows_lost_in_outage() const noexcept {
    return activities_.rows_lost_in_outage();
  }
  [[nodiscard]] int leads() const noexcept { return lead_count_; }
  [[nodiscard]] int deals() const noexcept { return deal_count_; }
  [[nodiscard]] int won_deals() const noexcept { return won_count_; }

 private:
  [[nodiscard]] Status found_company();
  [[nodiscard]] double arrivals_on(int day) const;
  void keep_chances(int day);
  void meet_accounts(int day);
  void change_accounts(int day);
  void meet_leads(int day);
  void meet_lead(int day);
  [[nodiscard]] int account_of_next_lead();

  void pursue(Pursuit& pursuit, int day);
  void change_mood(Pursuit& pursuit, int day);
  void note_silence(Pursuit& pursuit, int day);
  void tidy_up(Pursuit& deal, int day);
  void move(Pursuit& pursuit, int day);
  void tally_exposure(Pursuit& pursuit, int day, const Hazards& hazards);
  void tally_exit(const Pursuit& pursuit, int day, LeakKind kind);
  void enter_stage(Pursuit& pursuit, int stage, int day);
  void advance(Pursuit& pursuit, int day);
  void advance_deal(Pursuit& deal, Wall at);
  void convert(Pursuit& lead, Wall at);
  void lose(Pursuit& pursuit, int day);
  void record_loss(Pursuit& pursuit, int day);
  void correct_close_date(const Pursuit& deal, int day);

  Draws draws_;
  Rhythm rhythm_;
  Register parties_;
  CrmExports crm_;
  ActivityExports activities_;
  Company company_;
  Truth truth_;
  double scale_;  // leads on a day of factor 1
  std::vector<Pursuit> open_;
  std::vector<Pursuit> started_;  // deals of the day
  int next_account_{0};           // accounts from here on have no lead yet
  int ready_accounts_{0};         // accounts that stood in a delivery already
  int lead_count_{0}, deal_count_{0}, won_count_{0};
};

}  // namespace weir::demo
