#include "engine/business_calendar.h"

#include <algorithm>
#include <sstream>
#include <string>

namespace weir::engine {

Result<features::BusinessCalendar> load_calendar(FileSystem& files,
                                                 const workspace::Definitions& definitions) {
  features::BusinessCalendar calendar;
  calendar.weekend.fill(false);
  for (const int day : definitions.calendar.weekend) calendar.weekend[static_cast<std::size_t>(day)] = true;
  if (definitions.calendar.holidays.empty()) return calendar;
  const auto text = files.read_file(join_path(definitions.directory, definitions.calendar.holidays));
  if (!text.has_value())
    return fail(Errc::configuration, "the holidays cannot be read: " + text.error().message,
                Place{definitions.calendar.holidays});
  std::stringstream lines(*text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const std::string cell = line.substr(0, line.find_first_of(",;\r"));
    if (cell.empty()) continue;
    if (const auto day = parse_date(cell)) {
      calendar.holidays.push_back(*day);
    } else if (number > 1) {
      return fail(Errc::configuration, "expected a date like 2026-12-25, not '" + cell.substr(0, 40) + "'",
                  Place{definitions.calendar.holidays, number, 1});
    }
  }
  std::sort(calendar.holidays.begin(), calendar.holidays.end());
  return calendar;
}

}  // namespace weir::engine
