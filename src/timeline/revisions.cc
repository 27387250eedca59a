#include "timeline/revisions.h"

#include <algorithm>

namespace weir::timeline {

std::vector<Revision> effective_revisions(std::vector<Revision> seen,
                                          const std::vector<std::int64_t>& deliveries,
                                          std::int64_t& conflicts) {
  std::sort(seen.begin(), seen.end(), [](const Revision& a, const Revision& b) {
    return a.at != b.at ? a.at < b.at : a.content < b.content;
  });
  std::vector<Revision> effective;
  for (const Revision& revision : seen) {
    if (!effective.empty() && effective.back() == revision) continue;
    if (!effective.empty() && effective.back().at == revision.at) {
      ++conflicts;
      effective.back() = revision;
    } else {
      effective.push_back(revision);
    }
  }
  if (deliveries.empty() || effective.empty()) return effective;
  std::vector<Revision> absences;
  for (const std::int64_t delivery : deliveries) {
    if (delivery <= effective.front().at) continue;
    const bool shown =
        std::any_of(effective.begin(), effective.end(), [&](const Revision& r) { return r.at == delivery; });
    if (!shown) absences.push_back(Revision{delivery, {}, true});
  }
  effective.insert(effective.end(), absences.begin(), absences.end());
  std::sort(effective.begin(), effective.end(),
            [](const Revision& a, const Revision& b) { return a.at < b.at; });
  return effective;
}

int find_revision(const std::vector<Revision>& revisions, const ContentHash& content, std::int64_t at) {
  for (std::size_t i = 0; i < revisions.size(); ++i) {
    if (revisions[i].at == at && !revisions[i].absent && revisions[i].content == content)
      return static_cast<int>(i);
  }
  return -1;
}

}  // namespace weir::timeline
