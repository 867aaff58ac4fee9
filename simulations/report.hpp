// What a simulation shows: a document with tables, plots and the numbers behind
// them, and whether every bar was met.
#pragma once

#include "svg_plot.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace resilience::simulation {

using row = std::vector<std::string>;

class report {
public:
  /// Files lie in `folder` (for links in the document).
  explicit report(std::string folder) : folder_(std::move(folder)) {}

  void heading(const std::string& text);

  void paragraph(const std::string& text);

  /// Cells of numbers stand to the right of their columns, which all but the
  /// first `texts` are.
  void table(const row& head, const std::vector<row>& rows, size_t texts);

  /// Adds `name`.svg and `name`.csv, and shows the former.
  void picture(const std::string& name, const plot& x);

  /// For a cell: `shown`, marked if `met` is false, and then the whole has
  /// failed.
  std::string bar(bool met, const std::string& shown);

  bool all_met() const noexcept {
    return missed_ == 0;
  }

  size_t missed() const noexcept {
    return missed_;
  }

  /// Markdown.
  const std::string& document() const noexcept {
    return document_;
  }

  /// Writes the document beside the folder, as `folder`.md, and the files into
  /// it. @throws std::runtime_error if a file cannot be written
  void write(const std::filesystem::path& folder) const;

private:
  std::string folder_;
  std::string document_;
  std::map<std::string, std::string> files_;
  size_t missed_ = 0;
};

} // namespace resilience::simulation
