#include "workspace/touch.h"

#include <algorithm>
#include <array>

namespace weir::workspace {

std::span<const std::string_view> default_touch_types() noexcept {
  static constexpr std::array<std::string_view, 19> kTypes{
      "call.logged",     "content.viewed",     "email.clicked",    "email.opened",      "email.replied",
      "email.sent",      "feature.used",       "form.submitted",   "meeting.booked",    "meeting.held",
      "meeting.moved",   "objection.answered", "objection.raised", "page.viewed",       "product.activated",
      "ticket.answered", "ticket.opened",      "webinar.attended", "webinar.registered"};
  return kTypes;
}

std::vector<std::string> touch_types(const std::vector<std::string>& declared) {
  std::vector<std::string> types = declared;
  if (types.empty()) types.assign(default_touch_types().begin(), default_touch_types().end());
  std::sort(types.begin(), types.end());
  return types;
}

}  // namespace weir::workspace
