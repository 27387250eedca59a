#include "engine/model_plots.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/markup.h"

namespace weir::engine {
namespace {

constexpr double kWidth = 420;
constexpr double kHeight = 320;
constexpr double kLeft = 56;
constexpr double kBottom = 44;
constexpr double kTop = 34;
constexpr double kRight = 16;

std::string begin(const std::string& title) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
      "height=\"{1:.0f}\" role=\"img\" "
      "font-family=\"sans-serif\" font-size=\"11\"><title>{2}</title>\n<rect width=\"100%\" height=\"100%\" "
      "fill=\"white\"/>\n"
      "<text x=\"{3:.0f}\" y=\"20\" font-size=\"13\">{2}</text>\n",
      kWidth, kHeight, escape_markup(title), kLeft);
}

std::string text_at(double x, double y, const std::string& text, const char* anchor) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
                     escape_markup(text));
}

std::string line(double x1, double y1, double x2, double y2, const char* style) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {}/>\n", x1, y1, x2, y2,
                     style);
}

// Up to the next of 1, 2, 5 x 10^n.
double round_up(double value) {
  double step = 1e-3;
  for (const double factor : {2.0, 2.5, 2.0, 2.0, 2.5, 2.0, 2.0, 2.5, 2.0}) {
    if (step >= value) return step;
    step *= factor;
  }
  return 1;
}

std::string reliability_plot(const risk::Model& model) {
  const auto& e = model.evaluation;
  double most = 0.01;
  for (std::size_t i = 0; i < e.reliability_rows.size(); ++i)
    most = std::max({most, e.reliability_predicted[i], e.reliability_observed[i]});
  most = std::min(1.0, round_up(most));
  const auto x = [&](double p) { return kLeft + p / most * (kWidth - kLeft - kRight); };
  const auto y = [&](double p) { return kHeight - kBottom - p / most * (kHeight - kBottom - kTop); };
  std::string svg = begin(model.name + ": predicted against observed");
  for (int tick = 0; tick <= 4; ++tick) {
    const double p = most * tick / 4;
    svg += line(kLeft, y(p), kWidth - kRight, y(p), "stroke=\"#ddd\"");
    svg += text_at(kLeft - 6, y(p) + 4, fmt::format("{:.1f} %", p * 100), "end");
    svg += text_at(x(p), kHeight - kBottom + 16, fmt::format("{:.1f} %", p * 100), "middle");
  }
  svg += line(x(0), y(0), x(most), y(most), "stroke=\"#888\" stroke-dasharray=\"4 3\"");
  for (std::size_t i = 0; i < e.reliability_rows.size(); ++i) {
    svg += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\" fill=\"#1f5fa8\"><title>{} rows: predicted {:.2f} %, "
        "observed {:.2f} %</title></circle>\n",
        x(e.reliability_predicted[i]), y(e.reliability_observed[i]), e.reliability_rows[i],
        e.reliability_predicted[i] * 100, e.reliability_observed[i] * 100);
  }
  svg += text_at((kLeft + kWidth - kRight) / 2, kHeight - 10,
                 "predicted probability; rows of the holdout in groups of equal size", "middle");
  return svg + "</svg>\n";
}

std::string rankings_plot(const risk::Model& model) {
  const auto& rankings = model.evaluation.rankings;
  const double left = 140;
  const auto x = [&](double auc) { return left + (auc - 0.3) / 0.7 * (kWidth - left - kRight); };
  std::string svg = begin(model.name + ": AUC on the holdout, 95 %");
  for (const double auc : {0.3, 0.5, 0.7, 0.9}) {
    svg += line(x(auc), kTop, x(auc), kHeight - kBottom,
                auc == 0.5 ? "stroke=\"#888\" stroke-dasharray=\"4 3\"" : "stroke=\"#ddd\"");
    svg += text_at(x(auc), kHeight - kBottom + 16, fmt::format("{:.1f}", auc), "middle");
  }
  const double step =
      (kHeight - kTop - kBottom) / static_cast<double>(std::max<std::size_t>(rankings.size(), 1));
  double y = kTop + step / 2;
  for (const auto& quality : rankings) {
    svg += text_at(left - 8, y + 4, quality.ranking, "end");
    if (quality.auc) {
      svg += line(x(std::max(0.3, *quality.auc_low)), y, x(std::max(0.3, *quality.auc_high)), y,
                  "stroke=\"#1f5fa8\" stroke-width=\"2\"");
      svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"4\" fill=\"#1f5fa8\"/>\n",
                         x(std::max(0.3, *quality.auc)), y);
      svg += text_at(x(std::max(0.3, *quality.auc)), y - 8, fmt::format("{:.3f}", *quality.auc), "middle");
    }
    y += step;
  }
  return svg + "</svg>\n";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> model_plots(const risk::Model& model) {
  std::vector<std::pair<std::string, std::string>> plots;
  if (!model.evaluation.reliability_rows.empty()) plots.emplace_back("reliability", reliability_plot(model));
  if (!model.evaluation.rankings.empty()) plots.emplace_back("rankings", rankings_plot(model));
  return plots;
}

}  // namespace weir::engine
