// Draws events and entities from the records of one source, as its rules say.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/zone.h"
#include "contract/batch.h"
#include "contract/contract.h"
#include "contract/time_reader.h"
#include "ingest/event.h"
#include "ingest/operands.h"
#include "workspace/definitions.h"

namespace weir::store {
class ColumnBuffer;
class PartWriter;
}  // namespace weir::store

namespace weir::ingest {

// What a record is, beyond its columns.
struct RecordFrame {
  RecordId record;
  ContentHash content;
  std::optional<std::int64_t> revision_at;
  std::int64_t delivery{0};
  std::int64_t row{0};
};

// A row of the block at hand, and what its record is.
struct TakenRow {
  std::size_t batch_row{0};
  const RecordFrame* frame{nullptr};
};

// The settings of the workspace that a mapping depends on.
struct MappingContext {
  Zone zone{Zone::utc()};
  Currency currency;
  HashKey identity_key{};
  HashKey personal_key{};
  std::vector<std::string> free_mail;
  bool engine_alone{false};  // no expression is evaluated outside of the query engine; for tests
  bool one_thread{false};    // files are not read ahead of what is stored; nothing stored depends on it
};

class Mapping {
 public:
  // All mistakes at once in `errors`; the mapping is usable when there are none.
  [[nodiscard]] static Mapping compile(const workspace::Source& source, const contract::Contract& contract,
                                       store::ExpressionBinder& binder, const MappingContext& context,
                                       std::vector<Error>& errors);

  // Binds to an engine of its own; once per run.
  [[nodiscard]] Status start();
  // Evaluates a block, which must stay as it is while its rows are asked for below.
  [[nodiscard]] Status evaluate(const contract::RecordBatch& batch);
  // One frame per row of the block, with record and content. Only its key columns make a record what it is;
  // without any, all of its content does.
  void identify(std::vector<RecordFrame>& frames) const;
  // Whether rejection() is "" for all rows, as far as columns tell as a whole.
  [[nodiscard]] bool rejects_none() const;
  // Why a record goes to quarantine; "" when it does not.
  [[nodiscard]] std::string rejection(std::size_t row) const;
  // Appends the events of the rows, rule by rule, in the columns of event_columns().
  [[nodiscard]] Status write_events(const std::vector<TakenRow>& rows, store::PartWriter& out) const;
  [[nodiscard]] std::vector<EntityRow> entities_of(std::size_t row, const RecordFrame& frame) const;
  // The handle whose key seals the record's personal fields: "contact C12"; "" when it names nobody.
  [[nodiscard]] std::string person_of(std::size_t row) const;
  // Change time of a record with `changed_at` or `snapshot_at: { column: }`; empty: not declared or null.
  [[nodiscard]] std::optional<std::int64_t> revision_time(std::size_t row) const;
  // Whether the change time is there, but no time.
  [[nodiscard]] bool has_unreadable_revision(std::size_t row) const;
  // Values of e-mail and phone keys that are no address or number, in the events and entities given so far.
  [[nodiscard]] std::int64_t unreadable_handles() const noexcept { return unreadable_handles_; }
  [[nodiscard]] bool has_revision_column() const noexcept { return revision_ != kNoOperand; }

 private:
  struct HandlePlan {
    workspace::EntityKind kind{workspace::EntityKind::contact};
    workspace::HandleScheme scheme{workspace::HandleScheme::id};
    Operand value{kNoOperand};
    std::string prefix;  // "salesforce/" for a namespace of its own
    bool hashed{false};  // reads a personal column: its value becomes a keyed hash
  };
  struct EventPlan {
    std::string name, type;
    Operand type_from{kNoOperand}, occurred_at{kNoOperand}, known_at{kNoOperand}, when{kNoOperand},
        failure{kNoOperand};
    Operand amount{kNoOperand}, currency{kNoOperand}, direction{kNoOperand}, channel{kNoOperand},
        text{kNoOperand};
    bool day_end{false};
    int rank{0};
    std::vector<HandlePlan> keys;
    std::vector<std::pair<std::string, Operand>> properties;
    bool change{false};
    Operand change_value{kNoOperand};
  };
  struct EntityPlan {
    workspace::EntityKind kind{workspace::EntityKind::account};
    std::vector<HandlePlan> handles, relations;
    std::vector<std::pair<std::string, Operand>> attributes;
    Operand when{kNoOperand}, failure{kNoOperand};
  };

  Mapping(const contract::Contract& contract, store::ExpressionBinder& binder, MappingContext context);
  void compile_record(const workspace::Source& source);
  void check_sequence(const workspace::Source& source);
  [[nodiscard]] EventPlan compile_event(const workspace::Source& source, const workspace::EventRule& rule);
  [[nodiscard]] EventPlan compile_change(const workspace::Source& source, const workspace::ChangeRule& rule);
  [[nodiscard]] EntityPlan compile_entity(const workspace::Source& source, const workspace::EntityRule& rule);
  [[nodiscard]] std::vector<HandlePlan> compile_handles(const std::string& name_space,
                                                        const std::vector<workspace::HandleRule>& rules);
  void refuse_personal(Operand operand, const workspace::Expression& expression, const std::string& what);
  [[nodiscard]] std::vector<std::pair<std::string, Operand>> default_properties();

  // A day (since 1970) or an instant.
  struct Moment {
    bool is_day{false};
    std::int64_t value{0};
    bool unreadable{false};  // there is a text, but it is no time
  };
  // Text columns are read as columns of dates and instants are: the source's date_format, else ISO; its zone.
  [[nodiscard]] std::optional<Moment> moment_of(Operand operand, std::size_t row) const;
  [[nodiscard]] bool has_unreadable_time(const EventPlan& plan, std::size_t row) const;
  [[nodiscard]] bool holds(Operand condition, std::size_t row) const;
  [[nodiscard]] std::string handle_text(const HandlePlan& plan, std::size_t row) const;
  [[nodiscard]] std::string text_of(Operand operand, std::size_t row) const;
  // Of one event; `occurred_at` is empty only for a change state without `first`, an empty `known_at` is the
  // revision's.
  struct EventTimes {
    std::optional<std::int64_t> occurred_at, known_at;
    std::uint32_t flags{0};
  };
  // A row that a rule draws an event from.
  struct Hit {
    const RecordFrame* frame{nullptr};
    EventTimes times;
  };
  // The hits of a block, and the rows of it that they are.
  struct HitRows {
    std::vector<Hit> all;
    std::vector<std::uint32_t> rows;
  };
  void fill_keys(const std::vector<HandlePlan>& plans, std::size_t row, KeyTexts& keys,
                 std::string& also) const;
  [[nodiscard]] bool fill_times(const EventPlan& plan, std::size_t row, const RecordFrame& frame,
                                EventTimes& times) const;
  [[nodiscard]] bool has_unknown_currency(const EventPlan& plan, std::size_t row) const;
  [[nodiscard]] std::optional<Money> amount_of(const EventPlan& plan, std::size_t row) const;
  [[nodiscard]] std::string object_of(const std::vector<std::pair<std::string, Operand>>& members,
                                      std::size_t row) const;
  [[nodiscard]] std::string change_state(const EventPlan& plan, std::size_t row) const;
  [[nodiscard]] bool map_entity(const EntityPlan& plan, std::size_t row, const RecordFrame& frame,
                                EntityRow& entity) const;

  [[nodiscard]] HitRows hits_of(const EventPlan& plan, const std::vector<TakenRow>& rows) const;
  [[nodiscard]] Status write_events(const EventPlan& plan, const std::vector<TakenRow>& rows,
                                    store::PartWriter& out) const;
  [[nodiscard]] bool names_plainly(const EventPlan& plan) const;
  void append_ids(const EventPlan& plan, const HitRows& hits, store::ColumnBuffer& out) const;
  void append_keys(const EventPlan& plan, const HitRows& hits, store::PartWriter& out,
                   std::size_t first) const;
  void append_handles(const HandlePlan& plan, const HitRows& hits, store::ColumnBuffer& out) const;
  void append_texts(Operand operand, const HitRows& hits, store::ColumnBuffer& out) const;
  void append_sequence(const HitRows& hits, store::ColumnBuffer& out) const;
  void append_amounts(const EventPlan& plan, const HitRows& hits, store::ColumnBuffer& minor,
                      store::ColumnBuffer& currency) const;
  void append_properties(const EventPlan& plan, const HitRows& hits, store::ColumnBuffer& out) const;

  const contract::Contract* contract_;
  MappingContext context_;
  std::string source_name_;
  std::vector<contract::TimeReader> time_reader_;  // of text columns that are used as times; one
  OperandSet operands_;
  std::vector<OperandEvaluator> evaluator_;  // none before start(), one after
  std::vector<EventPlan> events_;
  std::vector<EntityPlan> entities_;
  std::vector<HandlePlan> persons_;
  std::vector<Operand> key_;
  Operand revision_{kNoOperand};
  Operand sequence_{kNoOperand};              // a column of whole numbers, days or microseconds
  std::vector<std::string> content_columns_;  // sorted
  const contract::RecordBatch* batch_{nullptr};
  std::vector<const contract::Column*> values_;
  std::vector<int> content_index_;
  mutable std::int64_t unreadable_handles_{0};  // counts only; no answer depends on it
};

}  // namespace weir::ingest
