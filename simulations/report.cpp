#include "report.hpp"

#include "numbers.hpp"

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace resilience::simulation {

namespace {

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream out{path, std::ios::binary};
  out << text;
  if (!out.flush())
    throw std::runtime_error{path.string() + ": cannot be written"};
}

std::string csv(const plot& x) {
  auto result = "line," + x.x_axis + "," + x.y_axis + "\n";
  for (const auto& line : x.lines)
    for (const auto& [a, b] : line.points)
      result += line.name + "," + shortest(a) + "," + shortest(b) + "\n";
  return result;
}

} // namespace

void report::heading(const std::string& text) {
  document_ += document_.empty() ? "# " : "\n## ";
  document_ += text + "\n";
}

void report::paragraph(const std::string& text) {
  document_ += '\n';
  document_ += text + "\n";
}

void report::table(const row& head, const std::vector<row>& rows,
                   size_t texts) {
  std::vector<size_t> widths;
  for (size_t i = 0; i < head.size(); ++i) {
    widths.push_back(head[i].size());
    for (const auto& x : rows)
      widths[i] = std::max(widths[i], x.at(i).size());
  }
  auto add = [&](const row& cells) {
    for (size_t i = 0; i < cells.size(); ++i) {
      std::string gap(widths[i] - cells[i].size(), ' ');
      document_ += "| ";
      document_ += i < texts ? cells[i] + gap : gap + cells[i];
      document_ += " ";
    }
    document_ += "|\n";
  };
  document_ += "\n";
  add(head);
  for (size_t i = 0; i < head.size(); ++i) {
    document_ += "|";
    document_.append(widths[i] + 1, '-');
    document_ += i < texts ? "-" : ":";
  }
  document_ += "|\n";
  for (const auto& x : rows)
    add(x);
}

void report::picture(const std::string& name, const plot& x) {
  files_[name + ".svg"] = svg(x);
  files_[name + ".csv"] = csv(x);
  paragraph("![" + x.title + "](" + folder_ + "/" + name + ".svg)");
}

std::string report::bar(bool met, const std::string& shown) {
  if (met)
    return shown;
  ++missed_;
  std::string result = "**missed: ";
  result += shown;
  result += "**";
  return result;
}

void report::write(const std::filesystem::path& folder) const {
  std::filesystem::create_directories(folder);
  for (const auto& [name, text] : files_)
    write_file(folder / name, text);
  auto document = folder;
  document += ".md";
  write_file(document, document_);
}

} // namespace resilience::simulation
