#include "workspace/free_mail.h"

#include <algorithm>
#include <array>

namespace weir::workspace {
namespace {

constexpr std::array<std::string_view, 64> kFreeMail{
    "126.com",        "163.com",        "aim.com",        "aol.com",     "arcor.de",       "att.net",
    "bigpond.com",    "bluewin.ch",     "btinternet.com", "comcast.net", "cox.net",        "duck.com",
    "fastmail.com",   "foxmail.com",    "free.fr",        "freenet.de",  "gmail.com",      "gmx.at",
    "gmx.ch",         "gmx.com",        "gmx.de",         "gmx.net",     "googlemail.com", "hey.com",
    "hotmail.co.uk",  "hotmail.com",    "hotmail.de",     "hotmail.fr",  "hotmail.it",     "icloud.com",
    "inbox.lv",       "laposte.net",    "libero.it",      "live.com",    "mac.com",        "mail.com",
    "mail.ru",        "mailbox.org",    "me.com",         "msn.com",     "naver.com",      "orange.fr",
    "outlook.com",    "outlook.de",     "posteo.de",      "proton.me",   "protonmail.com", "qq.com",
    "rediffmail.com", "rocketmail.com", "sbcglobal.net",  "seznam.cz",   "t-online.de",    "tutanota.com",
    "uol.com.br",     "verizon.net",    "wanadoo.fr",     "web.de",      "wp.pl",          "yahoo.co.jp",
    "yahoo.co.uk",    "yahoo.com",      "yandex.ru",      "ymail.com"};
static_assert(std::is_sorted(kFreeMail.begin(), kFreeMail.end()));

constexpr std::size_t kLongestAddress = 254;  // RFC 5321
constexpr std::size_t kLongestDomain = 253;   // RFC 1035

bool is_space(char c) noexcept {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

bool is_host_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '.' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}

// At least two labels, none of them empty.
bool is_domain(std::string_view text) noexcept {
  return text.size() <= kLongestDomain && text.find('.') != std::string_view::npos && text.front() != '.' &&
         text.back() != '.' && text.find("..") == std::string_view::npos &&
         std::all_of(text.begin(), text.end(), is_host_character);
}

std::string_view after(std::string_view text, std::string_view prefix) noexcept {
  return text.substr(0, prefix.size()) == prefix ? text.substr(prefix.size()) : text;
}

}  // namespace

std::span<const std::string_view> free_mail_domains() noexcept {
  return kFreeMail;
}

bool is_free_mail(std::string_view domain, std::span<const std::string> added) {
  return std::binary_search(kFreeMail.begin(), kFreeMail.end(), domain) ||
         std::find(added.begin(), added.end(), domain) != added.end();
}

std::string normalised_email(std::string_view text) {
  if (text.size() > 4 * kLongestAddress) return {};
  const std::string whole = lower(trimmed(text));
  std::string_view address = whole;
  if (const std::size_t open = address.rfind('<'); open != std::string_view::npos && address.back() == '>') {
    address = trimmed(address.substr(open + 1, address.size() - open - 2));
  }
  address = after(address, "mailto:");
  const std::size_t at = address.rfind('@');
  if (at == std::string_view::npos || at == 0 || address.size() > kLongestAddress) return {};
  const std::string_view local = address.substr(0, at);
  const bool sound = std::none_of(local.begin(), local.end(), [](char c) {
    return is_space(c) || c == '@' || c == ',' || c == ';' || c == '<' || c == '>';
  });
  return sound && is_domain(address.substr(at + 1)) ? std::string(address) : std::string{};
}

std::string normalised_phone(std::string_view text) {
  constexpr std::size_t kFewest = 5;
  constexpr std::size_t kMost = 15;
  text = after(trimmed(text), "tel:");
  std::string digits;
  bool international = !text.empty() && text.front() == '+';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_digit(c)) {
      digits += c;
    } else if (text.substr(i, 3) == "(0)" && international) {
      i += 2;  // +49 (0) 30 ...: dialled at home only
    } else if (c == 'x' || c == 'X' || c == 'e' || c == ';' || c == ',') {
      break;  // an extension
    }
    if (digits.size() > kMost + 2) return {};
  }
  if (!international && digits.substr(0, 2) == "00") {
    international = true;
    digits.erase(0, 2);
  }
  if (digits.size() < kFewest || digits.size() > kMost) return {};
  return (international ? "+" : "") + digits;
}

std::string domain_of(std::string_view website_or_email) {
  if (website_or_email.size() > 4096) return {};
  const std::string whole = lower(trimmed(website_or_email));
  std::string_view host = whole;
  if (const std::size_t scheme = host.find("://"); scheme != std::string_view::npos)
    host.remove_prefix(scheme + 3);
  host = after(host, "//");
  host = host.substr(0, std::min(host.find_first_of("/?#"), host.size()));
  if (const std::size_t at = host.rfind('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
  host = host.substr(0, std::min(host.find_first_of(":>"), host.size()));
  while (!host.empty() && host.back() == '.') host.remove_suffix(1);
  host = after(host, "www.");
  return !host.empty() && is_domain(host) ? std::string(host) : std::string{};
}

}  // namespace weir::workspace
