#include "base/shared_library.h"

#include <dlfcn.h>

#include <filesystem>
#include <vector>

namespace weir {
namespace {

// What the loader said last.
std::string loader_error() {
  const char* const said = ::dlerror();
  return said == nullptr ? "no reason was given" : said;
}

// By path where it lies beside the program: the loader would look there for the program, but not for a
// sanitizer that stands between the two.
std::vector<std::string> places_of(const std::string& name) {
  std::vector<std::string> places;
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    for (const auto& path : {program.parent_path() / "lib" / name, program.parent_path() / name})
      if (std::filesystem::exists(path, error)) places.push_back(path.string());
  }
  places.push_back(name);
  return places;
}

}  // namespace

Result<SharedLibrary> SharedLibrary::load(const std::string& name) {
  std::string why;
  for (const std::string& place : places_of(name)) {
    void* const handle = ::dlopen(place.c_str(), RTLD_LAZY | RTLD_LOCAL);
    if (handle != nullptr) return SharedLibrary(handle, name);
    why = loader_error();
  }
  return fail(Errc::io, "the library " + name + " cannot be loaded (" + why +
                            "); it belongs into the folder lib beside the program");
}

Result<void*> SharedLibrary::address_of(const char* name) const {
  static_cast<void>(::dlerror());
  if (void* const address = ::dlsym(handle_, name)) return address;
  return fail(Errc::io, "the library " + name_ + " is of another version: " + loader_error());
}

}  // namespace weir
