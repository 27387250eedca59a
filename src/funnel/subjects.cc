#include "funnel/subjects.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace weir::funnel {

using timeline::Handle;
using timeline::Kind;
using timeline::kNoHandle;
using timeline::Row;
using timeline::TimelineStore;

namespace {

// `handle` belongs to the owner from `known_from` on.
struct Belonging {
  Handle owner{0};
  Handle handle{0};
  std::int64_t known_from{0};
};

// Of equal pairs the earliest stands; sorted by owner.
void keep_earliest(std::vector<Belonging>& pairs) {
  std::sort(pairs.begin(), pairs.end(), [](const Belonging& a, const Belonging& b) {
    return std::tie(a.owner, a.handle, a.known_from) < std::tie(b.owner, b.handle, b.known_from);
  });
  pairs.erase(std::unique(pairs.begin(), pairs.end(), [](const Belonging& a, const Belonging& b) { return a.owner == b.owner && a.handle == b.handle; }),
              pairs.end());
}

class Gatherer {
 public:
  Gatherer(const TimelineStore& store, const identity::EntityLinks& links, Kind kind) : store_(store), links_(links), kind_(kind) {
    // An event that names a visitor and a contact says who the visitor is.
    pairs_of_events(timeline::kContact, timeline::kAnonymous, visitors_);
    pairs_of_relations(timeline::kContact, timeline::kAccount, employers_);
    pairs_of_events(timeline::kContact, timeline::kAccount, employers_);
    keep_earliest(visitors_);
    keep_earliest(employers_);
    if (kind != timeline::kContact && kind != timeline::kAccount) {
      pairs_of_events(kind, timeline::kContact, contacts_);
      pairs_of_relations(kind, timeline::kContact, contacts_);
      pairs_of_events(kind, timeline::kAccount, accounts_);
      pairs_of_relations(kind, timeline::kAccount, accounts_);
    } else if (kind == timeline::kAccount) {
      for (const Belonging& pair : employers_) contacts_.push_back({pair.handle, pair.owner, pair.known_from});
    }
    keep_earliest(contacts_);
    keep_earliest(accounts_);
  }

  std::vector<SubjectHandles> gather() {
    std::vector<SubjectHandles> subjects;
    for (Handle handle = 0; handle < store_.handle_count(); ++handle) {
      if (store_.handle_kind(handle) != kind_ || links_.entity(handle) != handle) continue;
      SubjectHandles subject;
      subject.handle = handle;
      for (const Handle member : links_.members(handle)) subject.own.push_back({member, links_.connected_since(handle, member)});
      if (kind_ == timeline::kContact) add_visitors(handle, INT64_MIN, subject.own);
      add_contacts(subject);
      add_accounts(subject);
      subjects.push_back(std::move(subject));
    }
    return subjects;
  }

 private:
  void pairs_of_events(Kind owner, Kind named, std::vector<Belonging>& out) const {
    const auto& c = store_.columns();
    for (Row row = 0; row < store_.row_count(); ++row) {
      const Handle from = c.keys[owner][row];
      const Handle to = c.keys[named][row];
      if (from != kNoHandle && to != kNoHandle) out.push_back({links_.entity(from), to, c.known_at[row]});
    }
  }
  void pairs_of_relations(Kind owner, Kind named, std::vector<Belonging>& out) const {
    for (const timeline::Relation& relation : store_.relations()) {
      if (store_.handle_kind(relation.from) == owner && store_.handle_kind(relation.to) == named) {
        out.push_back({links_.entity(relation.from), relation.to, relation.known_from});
      }
    }
  }
  template <typename Visit>
  static void for_owner(const std::vector<Belonging>& pairs, Handle owner, Visit&& visit) {
    auto at = std::lower_bound(pairs.begin(), pairs.end(), owner, [](const Belonging& pair, Handle wanted) { return pair.owner < wanted; });
    for (; at != pairs.end() && at->owner == owner; ++at) visit(*at);
  }
  void add_visitors(Handle contact, std::int64_t known_from, std::vector<Run>& runs) const {
    for_owner(visitors_, contact, [&](const Belonging& visitor) { runs.push_back({visitor.handle, std::max(known_from, visitor.known_from)}); });
  }
  // A contact with all its handles and the visitors it turned out to be.
  void add_contacts(SubjectHandles& subject) const {
    for_owner(contacts_, subject.handle, [&](const Belonging& contact) {
      for (const Handle member : links_.members(contact.handle)) {
        subject.via_contact.push_back({member, std::max(contact.known_from, links_.connected_since(contact.handle, member))});
      }
      add_visitors(links_.entity(contact.handle), contact.known_from, subject.via_contact);
    });
  }
  // The subject's own account, else its contacts'.
  void add_accounts(SubjectHandles& subject) const {
    const auto add = [&](Handle account, std::int64_t known_from) {
      for (const Handle member : links_.members(account)) {
        subject.via_account.push_back({member, std::max(known_from, links_.connected_since(account, member))});
      }
    };
    for_owner(accounts_, subject.handle, [&](const Belonging& account) { add(account.handle, account.known_from); });
    if (!subject.via_account.empty() || kind_ == timeline::kAccount) return;
    for_owner(contacts_, subject.handle, [&](const Belonging& contact) {
      for_owner(employers_, links_.entity(contact.handle),
                [&](const Belonging& employer) { add(employer.handle, std::max(contact.known_from, employer.known_from)); });
    });
  }

  const TimelineStore& store_;
  const identity::EntityLinks& links_;
  Kind kind_;
  std::vector<Belonging> visitors_, employers_, contacts_, accounts_;
};

}  // namespace

identity::EntityLinks entity_links(const TimelineStore& store) {
  std::vector<identity::KeyLink> links;
  for (const timeline::Link& link : store.links()) links.push_back({link.left, link.right, link.known_at});
  return {store.handle_count(), links};
}

std::vector<SubjectHandles> gather_subjects(const TimelineStore& store, const identity::EntityLinks& links, Kind kind) {
  return Gatherer(store, links, kind).gather();
}

}  // namespace weir::funnel
