#include "store/model_registry.h"

#include <algorithm>

#include "store/sqlite.h"

namespace weir::store {
namespace {

constexpr const char* kModelColumns = "SELECT version, name, trained_at, file, file_hash, card FROM model ";
constexpr const char* kChampionColumns = "SELECT name, version, since, by, reason FROM champion ";

Result<std::vector<RegisteredModel>> read_models(sqlite::Statement& rows) {
  std::vector<RegisteredModel> models;
  for (;;) {
    WEIR_TRY(const bool row, rows.step());
    if (!row) return models;
    models.push_back({std::string(rows.text(0)), std::string(rows.text(1)), rows.integer(2),
                      std::string(rows.text(3)), std::string(rows.text(4)), std::string(rows.text(5))});
  }
}

Result<std::vector<Champion>> read_champions(sqlite::Statement& rows) {
  std::vector<Champion> champions;
  for (;;) {
    WEIR_TRY(const bool row, rows.step());
    if (!row) return champions;
    champions.push_back({std::string(rows.text(0)), std::string(rows.text(1)), rows.integer(2),
                         std::string(rows.text(3)), std::string(rows.text(4))});
  }
}

Status insert_champion(sqlite::Connection& connection, const Champion& champion) {
  WEIR_TRY(
      sqlite::Statement row,
      connection.prepare("INSERT INTO champion (name, version, since, by, reason) VALUES (?, ?, ?, ?, ?)"));
  return row.bind(1, champion.name)
      .bind(2, champion.version)
      .bind(3, champion.since)
      .bind(4, champion.by)
      .bind(5, champion.reason)
      .run();
}

}  // namespace

Result<bool> ModelRegistry::add(const RegisteredModel& model) {
  sqlite::Connection& connection = control_.connection();
  WEIR_TRY_STATUS(connection.check_trusted());
  WEIR_TRY(sqlite::Statement row,
           connection.prepare("INSERT INTO model (version, name, trained_at, file, file_hash, card) VALUES "
                              "(?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"));
  row.bind(1, model.version)
      .bind(2, model.name)
      .bind(3, model.trained_at)
      .bind(4, model.file)
      .bind(5, model.file_hash)
      .bind(6, model.card);
  WEIR_TRY_STATUS(row.run());
  return connection.changes() == 1;
}

Result<std::vector<RegisteredModel>> ModelRegistry::models(std::string_view name) {
  WEIR_TRY(sqlite::Statement rows, control_.connection().prepare(std::string(kModelColumns) +
                                                                 (name.empty() ? "" : "WHERE name = ? ") +
                                                                 "ORDER BY name, trained_at DESC, version"));
  if (!name.empty()) rows.bind(1, name);
  return read_models(rows);
}

Result<RegisteredModel> ModelRegistry::find(std::string_view version) {
  WEIR_TRY(sqlite::Statement rows,
           control_.connection().prepare(std::string(kModelColumns) +
                                         "WHERE substr(version, 1, length(?)) = ? ORDER BY version LIMIT 2"));
  rows.bind(1, version).bind(2, version);
  WEIR_TRY(auto found, read_models(rows));
  if (found.empty() || version.empty())
    return fail(Errc::usage,
                "there is no model of version '" + std::string(version) + "'; `weir models` lists them");
  if (found.size() > 1)
    return fail(Errc::usage,
                "several models' versions begin with '" + std::string(version) + "'; give more of it");
  return std::move(found.front());
}

Result<std::optional<Champion>> ModelRegistry::champion(std::string_view name) {
  WEIR_TRY(sqlite::Statement rows, control_.connection().prepare(std::string(kChampionColumns) +
                                                                 "WHERE name = ? ORDER BY id DESC LIMIT 1"));
  rows.bind(1, name);
  WEIR_TRY(auto found, read_champions(rows));
  if (found.empty()) return std::optional<Champion>{};
  return std::optional<Champion>(std::move(found.front()));
}

Result<std::vector<Champion>> ModelRegistry::champions(std::string_view name) {
  WEIR_TRY(sqlite::Statement rows,
           control_.connection().prepare(std::string(kChampionColumns) +
                                         (name.empty() ? "" : "WHERE name = ? ") + "ORDER BY id DESC"));
  if (!name.empty()) rows.bind(1, name);
  return read_champions(rows);
}

Status ModelRegistry::promote(const RegisteredModel& model, std::string_view by, std::string_view reason) {
  sqlite::Connection& connection = control_.connection();
  WEIR_TRY_STATUS(connection.check_trusted());
  WEIR_TRY(sqlite::Transaction transaction, sqlite::Transaction::begin(connection));
  WEIR_TRY(const auto current, champion(model.name));
  if (current && current->version == model.version) return {};
  WEIR_TRY_STATUS(insert_champion(connection, {model.name, model.version, control_.clock().now_micros(),
                                               std::string(by), std::string(reason)}));
  return transaction.commit();
}

Result<Champion> ModelRegistry::roll_back(std::string_view name, std::string_view by,
                                          std::string_view reason) {
  sqlite::Connection& connection = control_.connection();
  WEIR_TRY_STATUS(connection.check_trusted());
  WEIR_TRY(sqlite::Transaction transaction, sqlite::Transaction::begin(connection));
  WEIR_TRY(const auto history, champions(name));
  // Who is rolled back twice goes back twice: what a roll-back took away is no champion to come back to.
  std::vector<std::string> line;
  for (auto at = history.rbegin(); at != history.rend(); ++at) {
    const auto earlier = std::find(line.begin(), line.end(), at->version);
    if (at->reason.rfind("rolled back", 0) == 0 && earlier != line.end()) {
      line.erase(earlier + 1, line.end());
    } else {
      line.push_back(at->version);
    }
  }
  if (line.size() < 2)
    return fail(Errc::state, "'" + std::string(name) + "' never had another champion to go back to");
  Champion back{std::string(name), line[line.size() - 2], control_.clock().now_micros(), std::string(by),
                "rolled back" + (reason.empty() ? std::string{} : ": " + std::string(reason))};
  WEIR_TRY_STATUS(insert_champion(connection, back));
  WEIR_TRY_STATUS(transaction.commit());
  return back;
}

}  // namespace weir::store
