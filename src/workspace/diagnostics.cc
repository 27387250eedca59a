#include "workspace/diagnostics.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace weir::workspace {

std::string to_text(const Diagnostic& diagnostic) {
  const std::string place = to_text(diagnostic.place);
  const char* severity = diagnostic.severity == Severity::error ? "error: " : "warning: ";
  return (place.empty() ? "" : place + ": ") + severity + diagnostic.message;
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) noexcept {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& each) { return each.severity == Severity::error; });
}

void Diagnostics::add_one(Diagnostic diagnostic) {
  if (found_.size() < kMost) {
    found_.push_back(std::move(diagnostic));
  } else {
    ++left_out_;
  }
}

void Diagnostics::error(Place place, std::string message) {
  add_one({std::move(place), std::move(message), Severity::error});
}

void Diagnostics::warning(Place place, std::string message) {
  add_one({std::move(place), std::move(message), Severity::warning});
}

void Diagnostics::add(std::vector<Diagnostic> found) {
  for (Diagnostic& each : found) add_one(std::move(each));
}

std::vector<Diagnostic> Diagnostics::take() {
  const auto order = [](const Diagnostic& each) {
    return std::tie(each.place.file, each.place.line, each.place.column, each.severity, each.message);
  };
  std::sort(found_.begin(), found_.end(), [&](const auto& a, const auto& b) { return order(a) < order(b); });
  found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
  if (left_out_ > 0) {
    found_.push_back(
        {found_.back().place, "and " + std::to_string(left_out_) + " more mistakes", Severity::error});
  }
  left_out_ = 0;
  return std::exchange(found_, {});
}

}  // namespace weir::workspace
