#include "store/workspace_key.h"

#include <sys/stat.h>

#include "store/sealing.h"

namespace weir::store {
namespace {

constexpr std::size_t kKeyDigits = 64;

int hex_value(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

std::string to_digits(const HashKey& key, std::size_t bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) {
    text += kDigits[key[i] >> 4U];
    text += kDigits[key[i] & 15U];
  }
  return text;
}

std::string_view without_line_end(std::string_view text) noexcept {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.remove_suffix(1);
  return text;
}

// The one question about files that FileSystem does not answer. A file that only a simulated disk has passes.
Status refuse_if_others_may_read(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return {};
  if ((info.st_mode & 077U) == 0) return {};
  return fail(Errc::configuration, "others may read the workspace key " + path + "; run: chmod 600 " + path);
}

Status make_key_file(FileSystem& files, const std::string& state_dir, const std::string& path) {
  HashKey secret{};
  fill_random(secret.data(), secret.size());
  const std::string content = to_digits(secret, secret.size()) + "\n";
  wipe(secret);
  WEIR_TRY_STATUS(files.make_directories(state_dir));
  WEIR_TRY_STATUS(files.write_durably(path, content, 0600));
  return files.sync_directory(parent_path(state_dir));
}

Failure missing_key(const std::string& path, std::string_view expected_fingerprint) {
  return fail(Errc::configuration, "the key of this workspace (fingerprint " +
                                       std::string(expected_fingerprint) + ") is missing; put it back to " +
                                       path + " or set WEIR_KEY");
}

Failure wrong_key(const std::string& origin, const std::string& fingerprint,
                  std::string_view expected_fingerprint) {
  return fail(Errc::configuration, "the key in " + origin + " (fingerprint " + fingerprint +
                                       ") is not the one this workspace was made with (fingerprint " +
                                       std::string(expected_fingerprint) +
                                       "); use that one, or another --state");
}

}  // namespace

WorkspaceKey::~WorkspaceKey() {
  wipe(secret_);
}

Result<WorkspaceKey> WorkspaceKey::parse(std::string_view digits, const std::string& origin) {
  WorkspaceKey key;
  const auto refuse = [&] {
    return fail(Errc::configuration, "the workspace key in " + origin + " is not 64 hexadecimal digits");
  };
  digits = without_line_end(digits);
  if (digits.size() != kKeyDigits) return refuse();
  for (std::size_t i = 0; i < key.secret_.size(); ++i) {
    const int high = hex_value(digits[2 * i]);
    const int low = hex_value(digits[2 * i + 1]);
    if (high < 0 || low < 0) return refuse();
    key.secret_[i] = static_cast<unsigned char>(high * 16 + low);
  }
  return key;
}

Result<WorkspaceKey> WorkspaceKey::open(FileSystem& files, const std::string& state_dir,
                                        const std::optional<std::string>& environment,
                                        std::string_view expected_fingerprint) {
  WEIR_TRY_STATUS(start_cryptography());
  const std::string path = join_path(state_dir, "key");
  std::string origin = "WEIR_KEY";
  std::string digits;
  if (environment.has_value()) {
    digits = *environment;
  } else {
    origin = path;
    if (!files.exists(path)) {
      if (!expected_fingerprint.empty()) return missing_key(path, expected_fingerprint);
      WEIR_TRY_STATUS(make_key_file(files, state_dir, path));
    }
    WEIR_TRY_STATUS(refuse_if_others_may_read(path));
    WEIR_TRY(digits, files.read_file(path));
  }
  WEIR_TRY(WorkspaceKey key, parse(digits, origin));
  if (const std::string own = key.fingerprint();
      !expected_fingerprint.empty() && own != expected_fingerprint) {
    return wrong_key(origin, own, expected_fingerprint);
  }
  return key;
}

// Changing one of these words loses what was stored under the key.
HashKey WorkspaceKey::identity_key() const {
  return derive_key(secret_, "weir.identity.1");
}
HashKey WorkspaceKey::personal_key() const {
  return derive_key(secret_, "weir.personal.1");
}
HashKey WorkspaceKey::vault_key() const {
  return derive_key(secret_, "weir.vault.1");
}
HashKey WorkspaceKey::quarantine_key() const {
  return derive_key(secret_, "weir.quarantine.1");
}
std::string WorkspaceKey::fingerprint() const {
  return to_digits(derive_key(secret_, "weir.fingerprint.1"), 6);
}

}  // namespace weir::store
