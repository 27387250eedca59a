// The sections of a weir.yaml, one function each, in the order of the data. Private to this room.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "workspace/definitions.h"
#include "workspace/diagnostics.h"
#include "workspace/map_reader.h"
#include "workspace/yaml_document.h"

namespace weir::workspace {

// Each fills its part of `definitions` with what is sound and reports the rest.
void parse_calendar(const YamlNode& section, Calendar& calendar, Diagnostics& diagnostics);
void parse_sources(const YamlNode& section, Definitions& definitions, Diagnostics& diagnostics);
void parse_signals(const YamlNode& section, Definitions& definitions, Diagnostics& diagnostics);
// After the signals and sources, which it refers to.
void parse_funnels(const YamlNode& section, Definitions& definitions, Diagnostics& diagnostics);
// After the signals and sources.
void parse_features(const YamlNode& section, Definitions& definitions, Diagnostics& diagnostics);
// After the sources.
void parse_context(const YamlNode& section, Definitions& definitions, Diagnostics& diagnostics);
// After the funnels.
void parse_risk(const YamlNode& section, Definitions& definitions, Diagnostics& diagnostics);
void parse_checks(const YamlNode& section, Definitions& definitions, Diagnostics& diagnostics);

// `keys: { contact: [{ id: contact_id }, { email: email }] }`.
[[nodiscard]] std::vector<HandleRule> parse_keys(const YamlNode& node, Diagnostics& diagnostics);
// The handles of one entity: an expression (its id), a map by scheme, or a list of these.
void parse_handles(const YamlNode& node, EntityKind kind, std::vector<HandleRule>& handles,
                   Diagnostics& diagnostics);
[[nodiscard]] std::optional<HandleScheme> handle_scheme(std::string_view name) noexcept;
[[nodiscard]] std::optional<EntityKind> read_kind(std::string_view name, const Place& place,
                                                  Diagnostics& diagnostics);

// The rules of `source` that make events, changes and entities. Its `keys` must be there already.
void parse_events(const YamlNode& node, Source& source, Diagnostics& diagnostics);
void parse_changes(const YamlNode& node, Source& source, Diagnostics& diagnostics);
void parse_entities(const YamlNode& node, Source& source, Diagnostics& diagnostics);

// The name of a signal, an expression, or `{ when: ..., scope: contact }`.
[[nodiscard]] Condition parse_condition(const YamlNode& node, const std::vector<Signal>& signals,
                                        Diagnostics& diagnostics);

}  // namespace weir::workspace
