// Which models there are and which one is champion, and since when: rows of the control store. A model never
// changes: its version is the hash of its content.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/control_store.h"

namespace weir::store {

struct RegisteredModel {
  std::string version;
  std::string name;            // what it predicts: "deals/lost/30d"
  std::int64_t trained_at{0};  // by the clock
  std::string file;            // of its content, relative to the state folder
  std::string file_hash;       // BLAKE2b-256
  std::string card;            // JSON: data range, versions of features, metrics
};

struct Champion {
  std::string name;
  std::string version;
  std::int64_t since{0};
  std::string by;  // who or what made it champion: "weir train", "weir promote (anna)"
  std::string reason;
};

// The control store must outlive it.
class ModelRegistry {
 public:
  explicit ModelRegistry(ControlStore& control) noexcept : control_(control) {}

  // The same version again changes nothing; false then.
  [[nodiscard]] Result<bool> add(const RegisteredModel& model);
  // All, or those of one name; by name, then the newest first.
  [[nodiscard]] Result<std::vector<RegisteredModel>> models(std::string_view name = {});
  // By a version or the beginning of one; Errc::usage when none or several begin so.
  [[nodiscard]] Result<RegisteredModel> find(std::string_view version);
  // Empty before the first.
  [[nodiscard]] Result<std::optional<Champion>> champion(std::string_view name);
  // Newest first.
  [[nodiscard]] Result<std::vector<Champion>> champions(std::string_view name = {});
  // The model's name tells of what it is champion. The champion again changes nothing.
  [[nodiscard]] Status promote(const RegisteredModel& model, std::string_view by, std::string_view reason);
  // Back to the champion before; Errc::state when there was none.
  [[nodiscard]] Result<Champion> roll_back(std::string_view name, std::string_view by,
                                           std::string_view reason);

 private:
  ControlStore& control_;
};

}  // namespace weir::store
