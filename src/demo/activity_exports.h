// What the other systems deliver: mail, webinars, web site, product trial, meetings, notes, support, intent
// feed.
#pragma once

#include <vector>

#include "demo/delivery.h"
#include "demo/pursuit.h"
#include "demo/register.h"

namespace weir::demo {

class ActivityExports {
 public:
  ActivityExports(FileSystem& files, const std::string& directory, const WallClock& clock,
                  const Draws& draws);

  // A mail of ours; returns the number that its later events carry. `campaign` is empty for a seller's own
  // mail.
  [[nodiscard]] std::int64_t next_message() noexcept { return ++message_count_; }
  void mail(Wall at, std::int64_t message, const Contact& contact, std::string_view campaign,
            std::string_view action);
  // False when the tracking was down and the view is lost.
  bool page_viewed(Wall at, const Contact& contact, bool known, std::string_view path);
  bool tracked(Wall at, const Contact& contact, std::string_view event,
               std::string_view what);  // content, forms
  void identified(Wall at, const Contact& contact);
  void feature_used(Wall at, const Contact& contact, std::string_view feature, int minutes,
                    std::string_view product);
  void webinar(Wall at, const Contact& contact, const Account& account, int month, std::string_view action,
               int minutes);
  void meeting(Wall at, const Pursuit& pursuit, const Contact& contact, std::string_view action,
               int scheduled_day);
  [[nodiscard]] std::int64_t next_meeting() noexcept { return ++meeting_count_; }
  void note(Wall at, const Pursuit& pursuit, const Contact& contact, std::string_view kind,
            std::string_view direction, std::string_view body);
  void ticket(Wall at, std::int64_t number, const Contact& contact, const Account& account,
              std::string_view action, std::string_view subject);
  [[nodiscard]] std::int64_t next_ticket() noexcept { return ++ticket_count_; }
  void intent(int day, const Account& account, std::string_view topic, int strength_percent);
  [[nodiscard]] Status close_day(int day);
  [[nodiscard]] std::vector<const Delivery*> deliveries() const;
  [[nodiscard]] std::int64_t rows_lost_in_outage() const noexcept { return lost_in_outage_; }
  [[nodiscard]] std::int64_t name_variants() const noexcept { return name_variants_; }

 private:
  [[nodiscard]] std::string company_text(const Account& account);
  void begin_segment(std::string& json, Wall at, std::string_view type, const Contact& contact, bool known,
                     char stream);
  const WallClock* clock_;
  Draws draws_;
  Delivery mail_, webinars_, web_, product_, meetings_, notes_, tickets_, intent_;
  std::int64_t message_count_{0}, mail_count_{0}, segment_count_{0}, meeting_count_{0}, note_count_{0},
      ticket_count_{0}, registration_count_{0};
  std::int64_t lost_in_outage_{0}, name_variants_{0};
};

// exports/marketing/campaigns.csv.
[[nodiscard]] Status write_campaigns(FileSystem& files, const std::string& directory, Draws draws);

}  // namespace weir::demo
