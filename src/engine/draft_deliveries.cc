#include "engine/draft_deliveries.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

namespace weir::engine {
namespace {

struct DatePart {
  std::size_t begin{0};
  std::size_t length{0};
};

// `shape`: 9 stands for a digit.
bool matches(std::string_view text, std::string_view shape) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() < shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == '9' ? !is_digit(text[i]) : text[i] != shape[i]) return false;
  }
  return text.size() == shape.size() || !is_digit(text[shape.size()]);
}

std::optional<DatePart> date_in(std::string_view name) {
  for (std::size_t at = 0; at < name.size(); ++at) {
    if (at > 0 && name[at - 1] >= '0' && name[at - 1] <= '9') continue;
    for (const std::string_view shape : {"9999-99-99", "9999-99"}) {
      if (matches(name.substr(at), shape)) return DatePart{at, shape.size()};
    }
  }
  return std::nullopt;
}

// "deals" of "deals_2026-01-05.csv".
std::string name_without_date(const std::string& name, const std::optional<DatePart>& date) {
  std::string rest = name;
  if (date) rest.erase(date->begin, date->length);
  if (rest.ends_with(".gz")) rest.resize(rest.size() - 3);
  rest = rest.substr(0, rest.rfind('.'));
  while (!rest.empty() && (rest.back() == '_' || rest.back() == '-')) rest.pop_back();
  return rest;
}

Delivery delivery_of(const std::string& path) {
  const std::string name = file_name(path);
  const auto date = date_in(name);
  Delivery delivery;
  delivery.sample = path;
  delivery.pattern = path;
  delivery.name = name_without_date(name, date);
  if (!date) return delivery;
  const std::size_t begin = path.size() - name.size() + date->begin;
  for (std::size_t i = 0; i < date->length; ++i) {
    if (path[begin + i] != '-') delivery.pattern[begin + i] = '?';
  }
  if (date->length == std::string_view("9999-99-99").size())
    delivery.dated_name = name.substr(0, date->begin) + "%Y-%m-%d" + name.substr(date->begin + date->length);
  return delivery;
}

Status take_larger(FileSystem& files, Delivery& delivery, const std::string& path) {
  WEIR_TRY(const std::uint64_t so_far, files.size_of(delivery.sample));
  WEIR_TRY(const std::uint64_t other, files.size_of(path));
  if (other > so_far || (other == so_far && path > delivery.sample)) delivery.sample = path;
  return {};
}

}  // namespace

Result<std::vector<Delivery>> group_deliveries(FileSystem& files, const std::vector<std::string>& paths) {
  std::vector<Delivery> deliveries;
  std::set<std::string> seen;
  for (const std::string& path : paths) {
    if (!files.exists(path) || files.is_directory(path)) return fail(Errc::usage, path + " is no file");
    if (!seen.insert(path).second) continue;
    Delivery one = delivery_of(path);
    const auto same = std::find_if(deliveries.begin(), deliveries.end(),
                                   [&](const Delivery& each) { return each.pattern == one.pattern; });
    if (same == deliveries.end()) {
      deliveries.push_back(std::move(one));
      continue;
    }
    ++same->files;
    WEIR_TRY_STATUS(take_larger(files, *same, path));
  }
  for (Delivery& delivery : deliveries) {
    if (delivery.files == 1) delivery.pattern = delivery.sample;
  }
  return deliveries;
}

}  // namespace weir::engine
