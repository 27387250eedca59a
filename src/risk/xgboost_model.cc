#include "risk/xgboost_model.h"

#include <array>
#include <charconv>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "base/fixed_math.h"
#include "risk/json_fields.h"

namespace weir::risk {
namespace {

const Json* at_path(const Json& json, std::initializer_list<const char*> path) {
  const Json* place = &json;
  for (const char* name : path) {
    place = place == nullptr ? nullptr : find_field(*place, name);
  }
  return place;
}

Result<std::string> text_at(const Json& json, std::initializer_list<const char*> path) {
  const Json* place = at_path(json, path);
  if (place == nullptr || !place->is_string()) {
    return wrong_field(*(path.end() - 1), "a text");
  }
  return place->get<std::string>();
}

Result<std::size_t> count_at(const Json& json, std::initializer_list<const char*> path) {
  WEIR_TRY(const std::string text, text_at(json, path));
  std::uint32_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size()) {
    return wrong_field(*(path.end() - 1), "a count in a text");
  }
  return std::size_t{count};
}

// "5E-1" for all classes, or "[4.996E-1,5.6E-1]" with one per class.
Result<double> base_score(std::string text, std::size_t class_index) {
  if (!text.empty() && text.front() == '[') {
    text = text.substr(1);
    for (std::size_t skip = 0; skip < class_index; ++skip) {
      const std::size_t comma = text.find(',');
      if (comma == std::string::npos) {
        break;  // one for all
      }
      text = text.substr(comma + 1);
    }
    text = text.substr(0, text.find_first_of(",]"));
  }
  double score = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), score);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(score)) {
    return wrong_field("base_score", "a number in a text");
  }
  return score;
}

Result<float> base_margin(const Json& learner, std::size_t class_index) {
  WEIR_TRY(const std::string text, text_at(learner, {"learner_model_param", "base_score"}));
  WEIR_TRY(const double score, base_score(text, class_index));
  WEIR_TRY(const std::string objective, text_at(learner, {"objective", "name"}));
  if (objective == "binary:logistic" || objective == "reg:logistic") {
    if (score <= 0 || score >= 1) {
      return wrong_field("base_score", "a probability");
    }
    return static_cast<float>(fixed_math::log(score / (1 - score)));
  }
  if (objective == "reg:squarederror" || objective == "multi:softprob" || objective == "multi:softmax") {
    return as_float(Json(score), "base_score");
  }
  return fail(Errc::invalid_data, "trees of XGBoost's objective '" + objective + "' are not read");
}

// Children are -1 in a leaf.
Result<std::uint32_t> child_at(const Json& value, const char* name) {
  if (value.is_number_integer() && !value.is_number_unsigned() && value.get<std::int64_t>() == -1) {
    return std::uint32_t{0};
  }
  return as_index(value, name);
}

Result<Tree> read_tree(const Json& json) {
  constexpr std::array<const char*, 6> kArrays{"split_indices",  "split_conditions", "left_children",
                                               "right_children", "default_left",     "sum_hessian"};
  std::array<const Json*, 6> arrays{};
  for (std::size_t i = 0; i < kArrays.size(); ++i) {
    WEIR_TRY(arrays[i], array_field(json, kArrays[i]));
    if (arrays[i]->size() != arrays[0]->size()) {
      return wrong_field(kArrays[i], "as long as the tree's other arrays");
    }
  }
  if (const Json* categories = find_field(json, "categories_nodes");
      categories != nullptr && !categories->empty()) {
    return fail(Errc::invalid_data, "trees with XGBoost's own categories are not read");
  }
  Tree tree(arrays[0]->size());
  for (std::size_t place = 0; place < tree.size(); ++place) {
    ForestNode& node = tree[place];
    WEIR_TRY(node.column, as_index((*arrays[0])[place], kArrays[0]));
    WEIR_TRY(node.threshold, as_float((*arrays[1])[place], kArrays[1]));
    WEIR_TRY(node.left, child_at((*arrays[2])[place], kArrays[2]));
    WEIR_TRY(node.right, child_at((*arrays[3])[place], kArrays[3]));
    WEIR_TRY(node.null_left, as_flag((*arrays[4])[place], kArrays[4]));
    WEIR_TRY(node.cover, as_float((*arrays[5])[place], kArrays[5]));
  }
  return tree;
}

// XGBoost may number children in any order and leave pruned nodes in its arrays: here breadth first, without
// those.
Result<Tree> renumber(const Tree& tree) {
  std::vector<std::uint32_t> order{0};
  for (std::size_t next = 0; next < order.size(); ++next) {
    if (order[next] >= tree.size() || order.size() > tree.size()) {
      return fail(Errc::invalid_data, "a tree of XGBoost has a child out of range or a cycle");
    }
    const ForestNode& node = tree[order[next]];
    if (node.left != 0 && node.right != 0) {
      order.push_back(node.left);
      order.push_back(node.right);
    }
  }
  Tree ordered;
  std::uint32_t child = 1;
  for (const std::uint32_t place : order) {
    ForestNode node = tree[place];
    const bool split = node.left != 0 && node.right != 0;
    node.left = split ? child : 0;
    node.right = split ? child + 1 : 0;
    child += split ? 2 : 0;
    ordered.push_back(node);
  }
  return ordered;
}

}  // namespace

Result<Forest> forest_from_xgboost(std::string_view text, std::size_t class_index) {
  const Json json = Json::parse(text, nullptr, false);
  const Json* learner = find_field(json, "learner");
  if (learner == nullptr) {
    return fail(Errc::invalid_data, "this is not a model that XGBoost saved as JSON");
  }
  WEIR_TRY(const std::string booster, text_at(*learner, {"gradient_booster", "name"}));
  if (booster != "gbtree") {
    return fail(Errc::invalid_data, "models of XGBoost's booster '" + booster + "' are not read");
  }
  const Json* model = at_path(*learner, {"gradient_booster", "model"});
  if (model == nullptr) {
    return wrong_field("model", "an object");
  }
  WEIR_TRY(const float base, base_margin(*learner, class_index));
  WEIR_TRY(const std::size_t column_count, count_at(*learner, {"learner_model_param", "num_feature"}));
  WEIR_TRY(const Json* trees, array_field(*model, "trees"));
  WEIR_TRY(const Json* classes, array_field(*model, "tree_info"));
  if (classes->size() != trees->size()) {
    return wrong_field("tree_info", "as long as the trees");
  }
  std::vector<Tree> chosen;
  for (std::size_t index = 0; index < trees->size(); ++index) {
    WEIR_TRY(const std::uint32_t tree_class, as_index((*classes)[index], "tree_info"));
    if (tree_class == class_index) {
      WEIR_TRY(const Tree tree, read_tree((*trees)[index]));
      WEIR_TRY(Tree ordered, renumber(tree));
      chosen.push_back(std::move(ordered));
    }
  }
  return Forest::make(base, column_count, chosen);
}

}  // namespace weir::risk
