#include "funnel/subjects.h"

#include <algorithm>
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
  Handle owner{0};  // the entity
  Handle handle{0};
  Handle named_by{0};  // the owner's own handle that said so
  std::int64_t known_from{0};
  std::int64_t known_until{INT64_MAX};
};

// Of equal pairs the earliest stands, until the last one is taken back; sorted by owner.
void keep_earliest(std::vector<Belonging>& pairs) {
  std::sort(pairs.begin(), pairs.end(), [](const Belonging& a, const Belonging& b) {
    return std::tie(a.owner, a.handle, a.named_by, a.known_from) <
           std::tie(b.owner, b.handle, b.named_by, b.known_from);
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    Belonging* last = kept == 0 ? nullptr : &pairs[kept - 1];
    if (last != nullptr && last->owner == pairs[i].owner && last->handle == pairs[i].handle &&
        last->named_by == pairs[i].named_by) {
      last->known_until = std::max(last->known_until, pairs[i].known_until);
    } else {
      pairs[kept++] = pairs[i];
    }
  }
  pairs.resize(kept);
}

class Gatherer {
 public:
  Gatherer(const TimelineStore& store, const identity::EntityLinks& links, Kind kind, const AsOf& as_of)
      : store_(store), links_(links), kind_(kind), as_of_(as_of) {
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
      for (const Belonging& pair : employers_) {
        contacts_.push_back(
            {links_.entity(pair.handle), pair.named_by, pair.handle, pair.known_from, pair.known_until});
      }
    }
    keep_earliest(contacts_);
    keep_earliest(accounts_);
  }

  std::vector<SubjectHandles> gather() {
    std::vector<SubjectHandles> subjects;
    const auto handles = store_.handles_of(kind_);
    subjects.reserve(handles.size());
    for (Handle handle = handles.first; handle < handles.last; ++handle) {
      if (links_.entity(handle) != handle) continue;
      SubjectHandles subject;
      subject.handle = handle;
      for (const Handle member : links_.members(handle))
        subject.own.push_back({member, links_.connected_since(handle, member)});
      if (kind_ == timeline::kContact) add_visitors(Run{handle, INT64_MIN, INT64_MAX}, subject.own);
      add_contacts(subject);
      add_accounts(subject);
      subjects.push_back(std::move(subject));
    }
    return subjects;
  }

 private:
  void pairs_of_events(Kind owner, Kind named, std::vector<Belonging>& out) const {
    const auto& c = store_.columns();
    const auto names_nobody = [&](Kind kind) {
      return c.keys[kind].is_constant() && (c.keys[kind].empty() || c.keys[kind].front() == kNoHandle);
    };
    if (names_nobody(owner) || names_nobody(named)) return;
    for (Row row = 0; row < store_.row_count(); ++row) {
      const Handle from = c.keys[owner][row];
      const Handle to = c.keys[named][row];
      if (from == kNoHandle || to == kNoHandle || !as_of_.sees_link(c.known_at[row], c.retracted_at[row]))
        continue;
      out.push_back({links_.entity(from), to, from, c.known_at[row], c.retracted_at[row]});
    }
  }
  void pairs_of_relations(Kind owner, Kind named, std::vector<Belonging>& out) const {
    for (const timeline::Relation& relation : store_.relations()) {
      const bool of_kinds =
          store_.handle_kind(relation.from) == owner && store_.handle_kind(relation.to) == named;
      if (of_kinds && as_of_.sees_link(relation.known_from, relation.known_until)) {
        out.push_back({links_.entity(relation.from), relation.to, relation.from, relation.known_from,
                       relation.known_until});
      }
    }
  }
  template <typename Visit>
  static void for_owner(const std::vector<Belonging>& pairs, Handle owner, Visit&& visit) {
    auto at = std::lower_bound(pairs.begin(), pairs.end(), owner,
                               [](const Belonging& pair, Handle wanted) { return pair.owner < wanted; });
    for (; at != pairs.end() && at->owner == owner; ++at) visit(*at);
  }
  // What belongs to `asker` (a handle as it is known itself), as known: not before the asker, the pair and
  // the link to the handle that said so.
  template <typename Visit>
  void for_known(const std::vector<Belonging>& pairs, const Run& asker, Visit&& visit) const {
    for_owner(pairs, links_.entity(asker.handle), [&](const Belonging& pair) {
      const std::int64_t linked = links_.connected_since(asker.handle, pair.named_by);
      visit(Run{pair.handle, std::max({asker.known_from, pair.known_from, linked}),
                std::min(asker.known_until, pair.known_until)});
    });
  }
  void add_visitors(const Run& contact, std::vector<Run>& runs) const {
    for_known(visitors_, contact, [&](const Run& visitor) { runs.push_back(visitor); });
  }
  void add_members(const Run& entity, std::vector<Run>& runs) const {
    for (const Handle member : links_.members(entity.handle)) {
      runs.push_back({member, std::max(entity.known_from, links_.connected_since(entity.handle, member)),
                      entity.known_until});
    }
  }
  // A contact with all its handles and the visitors it turned out to be.
  void add_contacts(SubjectHandles& subject) const {
    for_known(contacts_, Run{subject.handle, INT64_MIN, INT64_MAX}, [&](const Run& contact) {
      add_members(contact, subject.via_contact);
      add_visitors(contact, subject.via_contact);
    });
  }
  // The subject's own account; until one is known, its contacts'.
  void add_accounts(SubjectHandles& subject) const {
    if (kind_ == timeline::kAccount) return;
    const Run own{subject.handle, INT64_MIN, INT64_MAX};
    std::int64_t own_known_from = INT64_MAX;
    for_known(accounts_, own, [&](const Run& account) {
      own_known_from = std::min(own_known_from, account.known_from);
      add_members(account, subject.via_account);
    });
    for_known(contacts_, own, [&](const Run& contact) {
      for_known(employers_, contact, [&](Run account) {
        account.known_until = std::min(account.known_until, own_known_from);
        if (account.known_from < account.known_until) add_members(account, subject.via_account);
      });
    });
  }

  const TimelineStore& store_;
  const identity::EntityLinks& links_;
  Kind kind_;
  const AsOf& as_of_;
  std::vector<Belonging> visitors_, employers_, contacts_, accounts_;
};

}  // namespace

identity::EntityLinks entity_links(const TimelineStore& store, const AsOf& as_of) {
  std::vector<identity::KeyLink> links;
  for (const timeline::Link& link : store.links()) {
    if (as_of.sees_link(link.known_at, INT64_MAX)) links.push_back({link.left, link.right, link.known_at});
  }
  return {store.handle_count(), links};
}

std::vector<SubjectHandles> gather_subjects(const TimelineStore& store, const identity::EntityLinks& links,
                                            Kind kind, const AsOf& as_of) {
  return Gatherer(store, links, kind, as_of).gather();
}

std::vector<Handle> named_entities(const TimelineStore& store, const identity::EntityLinks& links,
                                   const SubjectHandles& subject, Kind kind, const AsOf& as_of) {
  std::vector<Handle> found;
  const auto& c = store.columns();
  const auto relations = store.relations();
  for (const Run& own : subject.own) {
    if (!as_of.sees_link(own.known_from, own.known_until)) continue;
    for (const Row row : store.run(own.handle)) {
      const Handle named = c.keys[kind][row];
      if (named != kNoHandle && as_of.sees(c.occurred_at[row], c.known_at[row], c.retracted_at[row]))
        found.push_back(links.entity(named));
    }
    auto at = std::lower_bound(
        relations.begin(), relations.end(), own.handle,
        [](const timeline::Relation& relation, Handle from) { return relation.from < from; });
    for (; at != relations.end() && at->from == own.handle; ++at) {
      if (store.handle_kind(at->to) == kind && as_of.sees_link(at->known_from, at->known_until))
        found.push_back(links.entity(at->to));
    }
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace weir::funnel
