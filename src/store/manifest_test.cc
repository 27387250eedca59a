#include "store/manifest.h"

#include <gtest/gtest.h>

namespace weir::store {
namespace {

Part part(PartKind kind, std::string source, std::string file) {
  Part made;
  made.kind = kind;
  made.source = std::move(source);
  made.file = std::move(file);
  return made;
}

TEST(PartsTable, takes_the_parts_of_a_kind_and_a_source) {
  Manifest manifest;
  manifest.parts = {part(PartKind::records, "crm", "parts/a.parquet"),
                    part(PartKind::events, "crm", "parts/b.parquet"),
                    part(PartKind::records, "web", "parts/it's.parquet"),
                    part(PartKind::records, "crm", "parts/d.parquet")};
  EXPECT_EQ(parts_table(manifest, "/s", PartKind::records, "crm"),
            "read_parquet(['/s/parts/a.parquet', '/s/parts/d.parquet'], union_by_name = true)");
  EXPECT_EQ(parts_table(manifest, "/s", PartKind::records, "web"),
            "read_parquet(['/s/parts/it''s.parquet'], union_by_name = true)");
  EXPECT_EQ(parts_table(manifest, "/s", PartKind::events, ""),
            "read_parquet(['/s/parts/b.parquet'], union_by_name = true)");
}

TEST(PartsTable, is_empty_without_such_a_part) {
  Manifest manifest;
  manifest.parts = {part(PartKind::records, "crm", "parts/a.parquet")};
  EXPECT_EQ(parts_table(manifest, "/s", PartKind::entities, "crm"), "");
  EXPECT_EQ(parts_table(manifest, "/s", PartKind::records, "web"), "");
}

}  // namespace
}  // namespace weir::store
