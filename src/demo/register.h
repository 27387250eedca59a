// The parties: buying companies, their people, and the vendor's own staff. Made up, on example domains.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "demo/draws.h"
#include "demo/scenario.h"

namespace weir::demo {

struct Account {
  int number{0};           // "C-100001" is number 1
  std::string name;        // with its legal form
  std::string short_name;  // without
  std::string domain;
  std::string_view country;
  std::uint8_t region{0}, industry{0}, size{0};
  int employees{0};
  int owner{0};  // index of owners()
  Wall created_at{0};
  Wall changed_at{0};
  std::vector<int> contacts;  // indexes
};

struct Contact {
  int number{0};   // "P-200001"
  int account{0};  // index
  std::string first_name, last_name, email, phone;
  std::string_view title;
  bool opt_in{true};
  bool on_the_web{false};  // has been identified on the web site
  Wall created_at{0};
  Wall changed_at{0};
};

struct Owner {
  std::string_view id, name, team, region, manager;
};
[[nodiscard]] std::span<const Owner> owners();
enum class Team : std::uint8_t { development, sales };
// An owner of a region's team.
[[nodiscard]] int draw_owner(Draws& draws, int region, Team team);
[[nodiscard]] int queue_owner();

// Grows for ever; indexes stay valid.
class Register {
 public:
  explicit Register(Draws draws) noexcept : draws_(draws) {}

  int add_account(Wall created_at);
  int add_contact(int account, Wall created_at);
  [[nodiscard]] Account& account(int index) { return accounts_[static_cast<std::size_t>(index)]; }
  [[nodiscard]] Contact& contact(int index) { return contacts_[static_cast<std::size_t>(index)]; }
  [[nodiscard]] const std::vector<Account>& accounts() const noexcept { return accounts_; }
  [[nodiscard]] const std::vector<Contact>& contacts() const noexcept { return contacts_; }

 private:
  Draws draws_;
  std::vector<Account> accounts_;
  std::vector<Contact> contacts_;
  std::unordered_set<std::string> domains_;
  std::unordered_set<std::string> emails_;
};

// How another system writes a company's name: without the legal form, in capitals, with a slip.
[[nodiscard]] std::string name_variant(Draws& draws, const Account& account);

}  // namespace weir::demo
