// What sellers write down after calls: objections and small talk, German and English.
#pragma once

#include <string>
#include <string_view>

#include "demo/pursuit.h"

namespace weir::demo {

// `german`: the region's language. `person` goes into some texts, as names do in real notes.
[[nodiscard]] std::string objection_text(Draws& draws, Objection kind, bool german, std::string_view person);
[[nodiscard]] std::string answer_text(Objection kind, bool german, std::string_view person);
// No objection, though some speak of a price or a competitor that is none.
[[nodiscard]] std::string neutral_text(Draws& draws, bool german, std::string_view person);

}  // namespace weir::demo
