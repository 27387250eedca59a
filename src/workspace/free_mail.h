// The comparable form of e-mail addresses, telephone numbers and domains, and which domains are no company.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace weir::workspace {

// Domains anyone can have an address at. Sorted.
[[nodiscard]] std::span<const std::string_view> free_mail_domains() noexcept;
// `domain` as domain_of() gives it; `added` are the workspace's own.
[[nodiscard]] bool is_free_mail(std::string_view domain, std::span<const std::string> added);

// Trimmed and lower-cased, without "mailto:" and the name around <...>; "" when it is no address.
[[nodiscard]] std::string normalised_email(std::string_view text);
// Digits, with a leading + when it was international (00 -> +); without an extension; "" with fewer than 5
// digits or with more than E.164's 15.
[[nodiscard]] std::string normalised_phone(std::string_view text);
// "acme.com" of "https://www.Acme.com:8080/about?x" and of "jane@acme.com"; "" when there is none.
[[nodiscard]] std::string domain_of(std::string_view website_or_email);

}  // namespace weir::workspace
