// The Python module weir._internals.kernels: arguments in, Arrow out, errors as WeirError, the GIL released around all work.
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <memory>

#include "feature_table.h"
#include "scoring.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace weir::python {
namespace {

constexpr const char* kSchemaCapsule = "arrow_schema";
constexpr const char* kArrayCapsule = "arrow_array";
constexpr const char* kStreamCapsule = "arrow_array_stream";

[[noreturn]] void raise(const Error& error) {
  const nb::object type = nb::module_::import_("weir._internals.errors").attr("WeirError");
  const nb::object raised = type(to_text(error), to_text(error.code));
  PyErr_SetObject(type.ptr(), raised.ptr());
  throw nb::python_error();
}

// The value, or a WeirError. Call with the GIL.
template <typename T>
T unwrap(Result<T> result) {
  if (!result.has_value()) raise(result.error());
  return std::move(result).value();
}

template <typename Work>
auto without_gil(Work work) {
  const nb::gil_scoped_release released;
  return work();
}

// ---- capsules

template <typename Struct>
Struct* in_capsule(const nb::handle& capsule, const char* name) {
  auto* found = static_cast<Struct*>(PyCapsule_GetPointer(capsule.ptr(), name));
  if (found == nullptr) throw nb::python_error();
  if (found->release == nullptr) raise({Errc::invalid_argument, std::string("this ") + name + " was read before; ask its owner for another", {}});
  return found;
}

// `given` exports Arrow: a stream where it has one, else one array.
ArrowInput input_of(const nb::handle& given) {
  if (nb::hasattr(given, "__arrow_c_stream__")) {
    const nb::object capsule = given.attr("__arrow_c_stream__")();
    Owned<ArrowArrayStream> stream(in_capsule<ArrowArrayStream>(capsule, kStreamCapsule));
    return unwrap(without_gil([&] { return ArrowInput::open(std::move(stream)); }));
  }
  if (nb::hasattr(given, "__arrow_c_array__")) {
    const nb::tuple pair = nb::cast<nb::tuple>(given.attr("__arrow_c_array__")());
    Owned<ArrowSchema> schema(in_capsule<ArrowSchema>(pair[0], kSchemaCapsule));
    return ArrowInput::of(std::move(schema), Owned<ArrowArray>(in_capsule<ArrowArray>(pair[1], kArrayCapsule)));
  }
  raise({Errc::invalid_argument, std::string("Arrow data is expected (pyarrow, polars, pandas 2.2 or newer ...), and this is ") +
                                     nb::cast<std::string>(given.type().attr("__name__")), {}});
}

ColumnSource column_source(const nb::handle& given) {
  if (nb::isinstance<nb::str>(given)) return nb::cast<std::string>(given);
  return input_of(given);
}

template <typename Struct>
void free_capsule(PyObject* capsule) noexcept {
  auto* held = static_cast<Struct*>(PyCapsule_GetPointer(capsule, PyCapsule_GetName(capsule)));
  if (held->release != nullptr) held->release(held);
  delete held;
}

template <typename Struct, typename Export>
nb::object capsule_of(const char* name, Export export_to) {
  auto held = std::make_unique<Struct>();
  export_to(held.get());
  PyObject* capsule = PyCapsule_New(held.get(), name, free_capsule<Struct>);
  if (capsule == nullptr) throw nb::python_error();
  static_cast<void>(held.release());
  return nb::steal(capsule);
}

nb::object schema_capsule(const Table& table) {
  return capsule_of<ArrowSchema>(kSchemaCapsule, [&](ArrowSchema* out) { table.export_schema(out); });
}

// ---- bindings

std::vector<std::string> column_names(const Table& table) {
  std::vector<std::string> names;
  for (const TableColumn& column : table.columns()) names.push_back(column.name);
  return names;
}

void bind_table(nb::module_& m) {
  nb::class_<Table>(m, "Table", "Columns that weir computed; pyarrow, polars and others read them in place through the Arrow PyCapsule interface.")
      .def("__len__", &Table::row_count)
      .def_prop_ro("num_rows", &Table::row_count, "Number of rows.")
      .def_prop_ro("column_names", column_names, "Names of the columns, in order.")
      .def("__arrow_c_schema__", schema_capsule)
      .def("__arrow_c_array__",
           [](const Table& table, const nb::object&) {
             return nb::make_tuple(schema_capsule(table), capsule_of<ArrowArray>(kArrayCapsule, [&](ArrowArray* out) { table.export_array(out); }));
           },
           "requested_schema"_a = nb::none(), nb::sig("def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]"))
      .def("__arrow_c_stream__",
           [](const Table& table, const nb::object&) { return capsule_of<ArrowArrayStream>(kStreamCapsule, [&](ArrowArrayStream* out) { table.export_stream(out); }); },
           "requested_schema"_a = nb::none(), nb::sig("def __arrow_c_stream__(self, requested_schema: object | None = None) -> object"));
}

nb::dict quality_dict(const risk::Quality& quality) {
  nb::dict out;
  out["ranking"] = quality.ranking;
  out["auc"] = quality.auc;
  out["auc_low"] = quality.auc_low;
  out["auc_high"] = quality.auc_high;
  out["average_precision"] = quality.average_precision;
  out["brier"] = quality.brier;
  out["log_loss"] = quality.log_loss;
  out["calibration_error"] = quality.calibration_error;
  out["lift_at_10_percent"] = quality.lift_at_10_percent;
  return out;
}

nb::list metrics_of(const OpenModel& open) {
  nb::list out;
  for (const auto& quality : open.model.evaluation.rankings) out.append(quality_dict(quality));
  return out;
}

// Those that a table must have, in the order of contributions.
std::vector<std::string> feature_names(const OpenModel& open) {
  std::vector<std::string> names;
  if (!open.model.ensemble) return names;
  for (const auto& feature : open.model.ensemble->encoder.features) names.push_back(feature.name);
  return names;
}

std::vector<std::string> category_names(const OpenModel& open) {
  std::vector<std::string> names;
  if (!open.model.ensemble) return names;
  for (const auto& feature : open.model.ensemble->encoder.features) {
    if (feature.type == features::ColumnType::category) names.push_back(feature.name);
  }
  return names;
}

void bind_model(nb::module_& m) {
  nb::class_<OpenModel>(m, "OpenModel", "A model that was read from its file. Immutable; threads may share it.")
      .def_prop_ro("name", [](const OpenModel& open) { return open.model.name; })
      .def_prop_ro("funnel", [](const OpenModel& open) { return open.model.funnel; })
      .def_prop_ro("outcome", [](const OpenModel& open) { return std::string(risk::to_text(open.model.outcome)); })
      .def_prop_ro("horizon_days", [](const OpenModel& open) { return open.model.horizon_days; })
      .def_prop_ro("version", [](const OpenModel& open) { return open.version; })
      .def_prop_ro("feature_version", [](const OpenModel& open) { return open.model.feature_version; })
      .def_prop_ro("features", feature_names)
      .def_prop_ro("categories", category_names)
      .def_prop_ro("is_ranked", [](const OpenModel& open) { return open.model.ensemble.has_value() && open.model.evidence.enough(); })
      .def_prop_ro("evidence_level", [](const OpenModel& open) { return std::string(risk::to_text(open.model.evidence.level)); })
      .def_prop_ro("evidence_sentence", [](const OpenModel& open) { return open.model.evidence.sentence; })
      .def_prop_ro("outcomes_needed", [](const OpenModel& open) { return open.model.evidence.outcomes_needed; })
      .def_prop_ro("metrics", metrics_of, nb::sig("def metrics(self) -> list[dict[str, str | float | None]]"));
  m.def("open_model", [](const std::string& path) { return unwrap(without_gil([&] { return open_model(path); })); }, "path"_a);
}

void bind_scoring(nb::module_& m) {
  m.def("score",
        [](const OpenModel& open, const nb::object& table, const nb::object& stage, const nb::object& days_in_stage) {
          ArrowInput rows = input_of(table);
          ColumnSource stages = column_source(stage);
          ColumnSource days = column_source(days_in_stage);
          return unwrap(without_gil([&] { return score_table(open.model, std::move(rows), std::move(stages), std::move(days)); }));
        },
        "model"_a, "table"_a, nb::kw_only(), "stage"_a, "days_in_stage"_a);
  m.def("explain",
        [](const OpenModel& open, const nb::object& table) {
          ArrowInput rows = input_of(table);
          Explanation explanation = unwrap(without_gil([&] { return explain_table(open.model, std::move(rows)); }));
          return nb::make_tuple(explanation.bias, std::move(explanation.by_feature), std::move(explanation.by_group));
        },
        "model"_a, "table"_a, nb::sig("def explain(model: OpenModel, table: object) -> tuple[float, Table, Table]"));
}

std::vector<std::string> planned_names(const features::PlannedFeatures& planned) {
  std::vector<std::string> names;
  for (const auto& definition : planned.plan().definitions) names.push_back(definition.name);
  return names;
}

void bind_features(nb::module_& m) {
  using features::PlannedFeatures;
  nb::class_<PlannedFeatures>(m, "OpenFeatures", "Timelines with a plan of features. Immutable; threads may share it.")
      .def_prop_ro("funnel", [](const PlannedFeatures& planned) { return planned.plan().funnel_name; })
      .def_prop_ro("version", [](const PlannedFeatures& planned) { return planned.plan().version; })
      .def_prop_ro("features", planned_names);
  m.def("open_features",
        [](const std::string& state, const std::string& plan) { return unwrap(without_gil([&] { return open_features(state, plan); })); },
        "state"_a, "plan"_a);
  m.def("features",
        [](const PlannedFeatures& planned, const nb::object& points, std::int64_t threads) {
          constexpr std::int64_t kMostThreads = 64;
          if (threads < 1 || threads > kMostThreads) raise({Errc::invalid_argument, "threads are 1 to 64", {}});
          ArrowInput rows = input_of(points);
          return unwrap(without_gil([&] { return feature_table(planned, std::move(rows), static_cast<unsigned>(threads)); }));
        },
        "state"_a, "points"_a, nb::kw_only(), "threads"_a);
}

}  // namespace
}  // namespace weir::python

NB_MODULE(kernels, m) {
  m.doc() = "Kernels of weir. Use the package weir: its functions say what goes in and what comes out.";
  weir::python::bind_table(m);
  weir::python::bind_model(m);
  weir::python::bind_scoring(m);
  weir::python::bind_features(m);
}
