// Where what must not stand in shared columns goes: personal fields to the vault, broken records to
// quarantine.
#pragma once

#include <string>
#include <vector>

#include "ingest/ingest_source.h"
#include "store/quarantine.h"
#include "store/vault.h"

namespace weir::engine {

// In batches. What it wrote is durable after finish(), to be called before the manifest names the parts: a
// part never lacks its personal fields.
class SealingSink : public ingest::RecordSink {
 public:
  SealingSink(store::Vault& vault, store::Quarantine& quarantine) : values_(vault), quarantine_(quarantine) {}

  Status personal(const std::string& handle, const RecordId& record, const ContentHash& content,
                  const std::string& fields) override;
  Status rejected(const store::Delivery& delivery, const contract::Rejected& record) override;
  Status finish();

 private:
  struct Kept {
    std::string source, hash, name, contract_version;
    contract::Rejected record;
  };
  Status flush();
  store::VaultBatch values_;
  store::Quarantine& quarantine_;
  std::vector<Kept> kept_;
};

}  // namespace weir::engine
