#include "engine/sealing_sink.h"

namespace weir::engine {

namespace {

constexpr std::size_t kRejectedAtOnce = 1000;

}  // namespace

Status SealingSink::personal(const std::string& handle, const RecordId& record, const ContentHash& content,
                             const std::string& fields) {
  return values_.put(handle, record, content, fields);
}

Status SealingSink::rejected(const store::Delivery& delivery, const contract::Rejected& record) {
  kept_.push_back({delivery.source, delivery.hash, delivery.name, delivery.contract_version, record});
  return kept_.size() < kRejectedAtOnce ? Status{} : flush();
}

Status SealingSink::finish() {
  WEIR_TRY_STATUS(flush());
  WEIR_TRY(const auto put, values_.commit());
  static_cast<void>(put);
  return {};
}

Status SealingSink::flush() {
  std::vector<store::RejectedRecord> records;
  for (const Kept& kept : kept_) {
    records.push_back({kept.source, kept.hash, kept.record.row, kept.record.line, kept.record.field,
                       kept.record.clause, kept.record.reason, kept.record.payload, kept.name,
                       kept.contract_version});
  }
  WEIR_TRY(const auto put, quarantine_.put(records));
  static_cast<void>(put);
  kept_.clear();
  return {};
}

}  // namespace weir::engine
