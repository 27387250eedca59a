// Infers a contract from a file and writes it as ODCS: what tests/peer/contract_lint.sh gives to another
// program.
#include <cstdio>
#include <string>

#include "base/file_system.h"
#include "contract/odcs.h"
#include "ingest/file_reader.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: write_contract FILE NAME\n", stderr);
    return 2;
  }
  const auto files = weir::posix_file_system();
  const auto engine = weir::store::QueryEngine::open({});
  if (!engine) {
    std::fprintf(stderr, "%s\n", to_text(engine.error()).c_str());
    return 1;
  }
  const auto contract = weir::ingest::infer_file(*files, **engine, argv[1], {}, argv[2]);
  if (!contract) {
    std::fprintf(stderr, "%s\n", to_text(contract.error()).c_str());
    return 1;
  }
  std::fputs(weir::contract::write_odcs(*contract).c_str(), stdout);
  return 0;
}
