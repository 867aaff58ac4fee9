#include "resilience/store/sqlite/row_reader.hpp"

#include "resilience/store/kept.hpp"
#include "resilience/utf8.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace resilience::store {

namespace {

std::string_view bytes_of(const SQLite::Column& x) {
  // The text or the blob comes before its length: SQLite may convert it.
  auto* data = static_cast<const char*>(x.getBlob());
  auto size = static_cast<size_t>(x.getBytes());
  return size == 0 ? std::string_view{} : std::string_view{data, size};
}

std::string hex(std::string_view bytes) {
  constexpr auto digits = "0123456789abcdef";
  std::string result;
  for (auto c : bytes) {
    auto byte = static_cast<uint8_t>(c);
    result += {digits[byte >> 4], digits[byte & 15]};
  }
  return result;
}

nlohmann::json value_of(const SQLite::Column& x) {
  if (x.isNull())
    return nullptr;
  if (x.isInteger())
    return x.getInt64();
  if (x.isFloat())
    return x.getDouble();
  auto bytes = bytes_of(x);
  if (x.isText() && is_utf8(bytes))
    return bytes;
  return {{"hex", hex(bytes)}};
}

/// Takes one count off the front of `from`; false where there is none.
bool take_count(std::string_view& from, uint64_t& into) {
  into = 0;
  for (unsigned shift = 0; shift < 63; shift += 7) {
    if (from.empty())
      return false;
    auto byte = static_cast<uint8_t>(from.front());
    from.remove_prefix(1);
    into |= uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80)
      return true;
  }
  return false;
}

} // namespace

void row_reader::fail(std::string fault) {
  if (ok())
    fault_ = std::move(fault);
}

SQLite::Column row_reader::next() {
  return from_.getColumn(at_++);
}

void row_reader::refuse(const SQLite::Column& x, const std::string& rule) {
  if (!ok())
    return;
  constexpr size_t shown = 40;
  auto value = value_of(x).dump();
  fault_ = std::string{x.getName()} + " is "
           + (value.size() > shown ? clean_text(value, shown) + "..." : value)
           + ", not " + rule;
}

int64_t row_reader::integer(int64_t lowest, int64_t highest) {
  auto x = next();
  auto value = x.isInteger() ? x.getInt64() : 0;
  if (!x.isInteger() || value < lowest || value > highest)
    refuse(x, "a number from " + std::to_string(lowest) + " to "
                + std::to_string(highest));
  return value;
}

std::optional<wall_time> row_reader::optional_wall() {
  if (!from_.getColumn(at_).isNull())
    return wall();
  ++at_;
  return std::nullopt;
}

std::string row_reader::text(size_t most) {
  auto x = next();
  auto bytes = x.isText() ? bytes_of(x) : std::string_view{};
  if (!x.isText() || bytes.size() > most || !is_utf8(bytes))
    refuse(x, "a text of at most " + std::to_string(most) + " bytes");
  return std::string{bytes};
}

std::string row_reader::name() {
  auto result = text(max_name_bytes);
  if (result.empty())
    fail("name is empty");
  return result;
}

std::optional<std::string> row_reader::optional_text(size_t most) {
  if (!from_.getColumn(at_).isNull())
    return text(most);
  ++at_;
  return std::nullopt;
}

std::vector<uint64_t> row_reader::counts(size_t most) {
  auto x = next();
  auto bytes = x.isBlob() ? bytes_of(x) : std::string_view{};
  std::vector<uint64_t> result;
  uint64_t n = 0;
  auto good = x.isBlob() && take_count(bytes, n) && n <= most;
  if (good)
    result.resize(n);
  for (size_t i = 0; good && !bytes.empty(); ++i)
    good = i < n && take_count(bytes, result[i]);
  if (!good)
    refuse(x, "a list of at most " + std::to_string(most) + " counts");
  return result;
}

std::string pack(const std::vector<uint64_t>& counts) {
  std::string result;
  auto put = [&](uint64_t x) {
    for (; x >= 0x80; x >>= 7)
      result += static_cast<char>(0x80 | (x & 0x7F));
    result += static_cast<char>(x);
  };
  put(counts.size());
  auto end = std::find_if(counts.rbegin(), counts.rend(), [](uint64_t x) {
               return x > 0;
             }).base();
  for (auto i = counts.begin(); i != end; ++i)
    put(*i);
  return result;
}

std::string row_as_json(const SQLite::Statement& from) {
  nlohmann::ordered_json result;
  for (int i = 0; i < from.getColumnCount(); ++i) {
    auto x = from.getColumn(i);
    result[x.getName()] = value_of(x);
  }
  return result.dump();
}

} // namespace resilience::store
