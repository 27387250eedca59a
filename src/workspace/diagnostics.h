// What is wrong in a user's file, with its place. Collected, so that one check names all mistakes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace weir::workspace {

enum class Severity : std::uint8_t { error, warning };

struct Diagnostic {
  Place place;
  std::string message;
  Severity severity{Severity::error};
  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

// "weir.yaml:12:5: error: message".
[[nodiscard]] std::string to_text(const Diagnostic& diagnostic);
[[nodiscard]] bool has_errors(const std::vector<Diagnostic>& diagnostics) noexcept;

// Grows while a file is read. Not thread-safe.
class Diagnostics {
 public:
  // A hostile file must not fill the memory with complaints; what comes after is counted in one last line.
  static constexpr std::size_t kMost = 1000;

  void error(Place place, std::string message);
  void warning(Place place, std::string message);
  void add(std::vector<Diagnostic> found);
  // Sorted by place, then severity and message; equal ones once.
  [[nodiscard]] std::vector<Diagnostic> take();

 private:
  void add_one(Diagnostic diagnostic);
  std::vector<Diagnostic> found_;
  std::size_t left_out_{0};
};

}  // namespace weir::workspace
