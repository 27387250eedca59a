// Errors are values: whatever input, disk, network or configuration can cause comes back as a Result.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/check.h"

namespace weir {

// Stable codes; their names appear in --json output.
enum class Errc {
  invalid_argument,  // a caller or a user gave something that cannot be (exit code 2 when it comes from
                     // configuration)
  configuration,     // the workspace says something that cannot hold (exit code 2)
  usage,             // the command line is wrong (exit code 2)
  not_found,
  already_exists,
  invalid_data,  // bytes that are not what they should be
  damaged,       // a stored file does not have the bytes it was written with
  io,            // the operating system refused
  disk_full,
  locked,  // another writer holds the workspace
  out_of_range,
  state,  // the state does not allow it now (exit code 1)
  internal,
};

[[nodiscard]] const char* to_text(Errc code) noexcept;

// Where in a user's file an error lies. Lines and columns count from 1; 0 means unknown.
struct Place {
  std::string file;
  int line{0};
  int column{0};
  friend bool operator==(const Place&, const Place&) = default;
};

// "weir.yaml:12:5", or "" without a file.
[[nodiscard]] std::string to_text(const Place& place);

// `message` is one sentence for an operator, without personal data.
struct Error {
  Errc code{Errc::internal};
  std::string message;
  Place place;
};

// "weir.yaml:12:5: message".
[[nodiscard]] std::string to_text(const Error& error);

struct Failure {
  Error error;
};

[[nodiscard]] inline Failure fail(Errc code, std::string message, Place place = {}) {
  return Failure{Error{code, std::move(message), std::move(place)}};
}
[[nodiscard]] inline Failure fail(Error error) {
  return Failure{std::move(error)};
}

// Member names as std::expected, so that it can become one.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {
  }  // NOLINT(google-explicit-constructor): as std::expected
  Result(Failure failure)
      : state_(std::in_place_index<1>, std::move(failure.error)) {
  }  // NOLINT(google-explicit-constructor): as std::expected

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }
  [[nodiscard]] T& value() & {
    WEIR_CHECK(has_value(), "value() of a failed Result");
    return std::get<0>(state_);
  }
  [[nodiscard]] const T& value() const& {
    WEIR_CHECK(has_value(), "value() of a failed Result");
    return std::get<0>(state_);
  }
  [[nodiscard]] T&& value() && {
    WEIR_CHECK(has_value(), "value() of a failed Result");
    return std::move(std::get<0>(state_));
  }
  [[nodiscard]] T& operator*() & { return value(); }
  [[nodiscard]] const T& operator*() const& { return value(); }
  [[nodiscard]] T&& operator*() && { return std::move(*this).value(); }
  [[nodiscard]] T* operator->() { return &value(); }
  [[nodiscard]] const T* operator->() const { return &value(); }
  [[nodiscard]] const Error& error() const {
    WEIR_CHECK(!has_value(), "error() of a good Result");
    return std::get<1>(state_);
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Failure failure)
      : error_(std::move(failure.error)) {}  // NOLINT(google-explicit-constructor): as std::expected

  [[nodiscard]] bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  [[nodiscard]] const Error& error() const {
    WEIR_CHECK(error_.has_value(), "error() of a good Result");
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace weir

#define WEIR_CONCAT_INNER(a, b) a##b
#define WEIR_CONCAT(a, b) WEIR_CONCAT_INNER(a, b)
#define WEIR_TRY_INNER(result, declaration, ...) \
  auto&& result = (__VA_ARGS__);                 \
  if (!result.has_value()) {                     \
    return ::weir::fail(result.error());         \
  }                                              \
  declaration = *std::move(result)
// WEIR_TRY(const auto rows, read(...)): the value, or return of the error.
#define WEIR_TRY(declaration, ...) \
  WEIR_TRY_INNER(WEIR_CONCAT(weir_result_, __COUNTER__), declaration, __VA_ARGS__)
#define WEIR_TRY_STATUS_INNER(result, ...)                  \
  do {                                                      \
    if (auto result = (__VA_ARGS__); !result.has_value()) { \
      return ::weir::fail(result.error());                  \
    }                                                       \
  } while (false)
// WEIR_TRY_STATUS(write(...)): go on, or return of the error.
#define WEIR_TRY_STATUS(...) WEIR_TRY_STATUS_INNER(WEIR_CONCAT(weir_status_, __COUNTER__), __VA_ARGS__)
