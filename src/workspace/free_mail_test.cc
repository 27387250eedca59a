#include "workspace/free_mail.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "workspace/touch.h"

namespace weir::workspace {
namespace {

TEST(FreeMail, built_in_and_added) {
  const std::vector<std::string> added{"example.org"};
  EXPECT_TRUE(is_free_mail("gmail.com", {}));
  EXPECT_TRUE(is_free_mail("web.de", {}));
  EXPECT_TRUE(is_free_mail("example.org", added));
  EXPECT_FALSE(is_free_mail("example.org", {}));
  EXPECT_FALSE(is_free_mail("acme.com", added));
  EXPECT_FALSE(is_free_mail("", added));
}

TEST(FreeMail, every_built_in_domain_is_in_its_own_normal_form) {
  for (const std::string_view domain : free_mail_domains()) EXPECT_EQ(domain_of(domain), domain);
}

TEST(Email, is_trimmed_and_lower_cased) {
  EXPECT_EQ(normalised_email("  Jane.Doe@Acme.COM\n"), "jane.doe@acme.com");
  EXPECT_EQ(normalised_email("Jane Doe <jane@acme.com>"), "jane@acme.com");
  EXPECT_EQ(normalised_email("mailto:jane@acme.com"), "jane@acme.com");
  EXPECT_EQ(normalised_email("jürgen@müller.de"), "jürgen@müller.de");
}

TEST(Email, what_is_no_address_is_empty) {
  for (const std::string_view text :
       {"", "jane", "@acme.com", "jane@", "jane@acme", "a b@acme.com", "a@b@acme.com", "jane@acme..com",
        "jane@.com", "jane@acme.com, bob@acme.com", "n/a", "<>", ">"}) {
    EXPECT_EQ(normalised_email(text), "") << text;
  }
  EXPECT_EQ(normalised_email(std::string(300, 'a') + "@acme.com"), "");
  EXPECT_EQ(normalised_email(std::string(5000, ' ') + "a@acme.com"), "");
}

TEST(Phone, digits_with_a_leading_plus) {
  EXPECT_EQ(normalised_phone("+49 (0) 30 / 123-456"), "+4930123456");
  EXPECT_EQ(normalised_phone("0049 30 123456"), "+4930123456");
  EXPECT_EQ(normalised_phone("tel:+4930123456"), "+4930123456");
  EXPECT_EQ(normalised_phone("(030) 123456"), "030123456");
  EXPECT_EQ(normalised_phone("030 123456 ext. 12"), "030123456");
  EXPECT_EQ(normalised_phone("+1 555 010 9999 x42"), "+15550109999");
}

TEST(Phone, what_is_no_number_is_empty) {
  for (const std::string_view text : {"", "n/a", "123", "+", "1234567890123456789", "00"}) {
    EXPECT_EQ(normalised_phone(text), "") << text;
  }
  EXPECT_EQ(normalised_phone("123456789012345"), "123456789012345");
  EXPECT_EQ(normalised_phone("1234567890123456"), "");
}

TEST(Domain, of_websites_and_addresses) {
  EXPECT_EQ(domain_of("https://www.Acme.com:8080/about?x#y"), "acme.com");
  EXPECT_EQ(domain_of("http://user:secret@acme.com/"), "acme.com");
  EXPECT_EQ(domain_of("WWW.acme.co.uk"), "acme.co.uk");
  EXPECT_EQ(domain_of("acme.com."), "acme.com");
  EXPECT_EQ(domain_of("Jane <jane@Acme.com>"), "acme.com");
  EXPECT_EQ(domain_of("//acme.com/x"), "acme.com");
}

TEST(Domain, what_is_none_is_empty) {
  for (const std::string_view text :
       {"", "acme", "n/a", "http://", "www.", "a b.com", ".com", "a..com", "https://?x.y"}) {
    EXPECT_EQ(domain_of(text), "") << text;
  }
  EXPECT_EQ(domain_of(std::string(300, 'a') + ".com"), "");
}

TEST(Touch, default_types_are_sorted_and_hold_no_stage_or_amount) {
  const auto types = default_touch_types();
  EXPECT_TRUE(std::is_sorted(types.begin(), types.end()));
  const auto is_there = [&](std::string_view type) {
    return std::binary_search(types.begin(), types.end(), type);
  };
  EXPECT_TRUE(is_there("email.replied"));
  EXPECT_TRUE(is_there("meeting.moved"));
  EXPECT_FALSE(is_there("deal.stage"));
  EXPECT_FALSE(is_there("deal.won"));
  EXPECT_FALSE(is_there("lead.created"));
}

}  // namespace
}  // namespace weir::workspace
