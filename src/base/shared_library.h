// Libraries that only some commands need, loaded when one of these begins: linking DuckDB's 40,000 symbols
// took more time than a small answer does.
#pragma once

#include <string>

#include "base/result.h"

namespace weir {

class SharedLibrary {
 public:
  // By its file name ("libduckdb.so"): from the folder lib beside the program, from the program's own, or
  // from where the system looks. It stays until the program ends. Errc::io with what the loader said.
  [[nodiscard]] static Result<SharedLibrary> load(const std::string& name);

  // Sets `function` to the library's function of this name. Errc::io when it has none.
  template <typename Function>
  [[nodiscard]] Status find(const char* name, Function*& function) const {
    WEIR_TRY(void* const address, address_of(name));
    function = reinterpret_cast<Function*>(address);
    return {};
  }

 private:
  SharedLibrary(void* handle, std::string name) noexcept : handle_(handle), name_(std::move(name)) {}
  [[nodiscard]] Result<void*> address_of(const char* name) const;

  void* handle_;
  std::string name_;
};

}  // namespace weir
