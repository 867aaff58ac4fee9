#include "svg_plot.hpp"

#include "numbers.hpp"

#include <algorithm>
#include <cmath>

namespace resilience::simulation {

namespace {

constexpr double width = 720;
constexpr double height = 360;
constexpr double left = 60;
constexpr double right = 16;
constexpr double top = 40;
constexpr double bottom = 48;
constexpr const char* colours[] = {"#1f6feb", "#8a8f98", "#d1495b", "#2a9d58"};

std::string text(double x, double y, const char* anchor,
                 const std::string& what) {
  return "<text x=\"" + fixed(x, 1) + "\" y=\"" + fixed(y, 1)
         + "\" text-anchor=\"" + anchor + "\">" + what + "</text>\n";
}

std::string line(double x1, double y1, double x2, double y2,
                 const char* colour) {
  return "<line x1=\"" + fixed(x1, 1) + "\" y1=\"" + fixed(y1, 1) + "\" x2=\""
         + fixed(x2, 1) + "\" y2=\"" + fixed(y2, 1) + "\" stroke=\"" + colour
         + "\"/>\n";
}

/// About five marks up to `most`: 1, 2 or 5 times a power of ten apart.
double mark_distance(double most) {
  auto power = std::pow(10.0, std::floor(std::log10(most / 5)));
  for (auto factor : {1.0, 2.0, 5.0})
    if (most / (factor * power) <= 6)
      return factor * power;
  return 10 * power;
}

/// From values to places in the picture.
struct scales {
  double most_x = 0;
  double most_y = 0;

  explicit scales(const plot& p) {
    for (const auto& x : p.lines)
      for (const auto& [a, b] : x.points) {
        most_x = std::max(most_x, a);
        most_y = std::max(most_y, b);
      }
    most_x = most_x > 0 ? most_x : 1;
    most_y = most_y > 0 ? most_y * 1.05 : 1;
  }

  double x(double value) const {
    return left + value / most_x * (width - left - right);
  }

  double y(double value) const {
    return height - bottom - value / most_y * (height - top - bottom);
  }
};

std::string axes(const plot& p, const scales& s) {
  std::string result;
  auto step = mark_distance(s.most_y);
  for (int i = 0; i * step <= s.most_y; ++i) {
    auto y = s.y(i * step);
    result += line(left, y, width - right, y, i == 0 ? "#57606a" : "#d0d7de");
    result += text(left - 6, y + 4, "end", shortest(i * step));
  }
  step = mark_distance(s.most_x);
  for (int i = 0; i * step <= s.most_x; ++i)
    result +=
      text(s.x(i * step), height - bottom + 16, "middle", shortest(i * step));
  result += text(width / 2, height - 10, "middle", p.x_axis);
  result += text(left, top - 8, "start", p.y_axis);
  return result;
}

} // namespace

std::string svg(const plot& p) {
  scales s{p};
  auto result = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "
                + fixed(width, 0) + " " + fixed(height, 0)
                + "\" font-family=\"sans-serif\" font-size=\"12\">\n"
                  "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
                + text(left, 18, "start", p.title) + axes(p, s);
  auto legend = width - right;
  for (size_t i = 0; i < p.lines.size(); ++i) {
    auto colour = std::string{colours[i % std::size(colours)]};
    result += "<polyline fill=\"none\" stroke=\"" + colour
              + "\" stroke-width=\"1.5\" points=\"";
    for (const auto& [x, y] : p.lines[i].points)
      result += fixed(s.x(x), 1) + "," + fixed(s.y(y), 1) + " ";
    result += "\"/>\n<g fill=\"" + colour + "\">"
              + text(legend, top - 8, "end", p.lines[i].name) + "</g>\n";
    legend -= 8.0 * static_cast<double>(p.lines[i].name.size());
  }
  return result + "</svg>\n";
}

} // namespace resilience::simulation
