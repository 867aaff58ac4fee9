// Lines over time as an SVG picture, without any other program.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace resilience::simulation {

struct plot_line {
  std::string name;
  /// In the order of x.
  std::vector<std::pair<double, double>> points;
};

struct plot {
  std::string title;
  std::string x_axis;
  std::string y_axis;
  std::vector<plot_line> lines;
};

/// The same text for the same plot. Both axes begin at zero.
std::string svg(const plot& x);

} // namespace resilience::simulation
