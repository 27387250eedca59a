// Random logs with ties, late and revised events, days without a time, links, re-entries, changed clocks and
// a leap day: a batch gives the rows that its points give alone, the stages that run_funnel gives, and the
// numbers that the rules say. WEIR_RANDOM_LOGS: so many logs of each test.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <set>

#include "base/random.h"
#include "features/point_features.h"
#include "timeline/assembler.h"

namespace weir::features {
namespace {

using timeline::Handle;
using timeline::kNoHandle;
using timeline::Row;

constexpr std::int64_t kDay = kMicrosPerDay;
constexpr std::int64_t kHour = kDay / 24;
constexpr std::int64_t kBegin =
    1'709'000'000'000'000;  // 2024-02-27: the leap day and, a month later, summer time are near
constexpr Handle kLeads = 2, kContacts = 4, kOwners = 7,
                 kHandles = 9;  // [0, 2) leads, [2, 4) contacts, [4, 7) anonymous, owners

// Conditions: 0 and 1 enter the stages, 2 wins, 3 loses, 4 leaves the first stage, 5 and 6: from them, from
// us, 7 and 8: raised, answered.
class RandomLog {
 public:
  // `calm`: all events of the first lead are known when they happen and stand for good; of even seeds, all
  // times are whole hours. `cut`: the same log as somebody had it at that time, without what became known or
  // was taken back only later.
  explicit RandomLog(std::uint64_t seed, bool calm = false, std::int64_t cut = INT64_MAX)
      : random_(seed), calm_(calm), whole_hours_(calm && seed % 2 == 0), cut_(cut) {
    const std::size_t count = 3 + random_.below(40);
    std::vector<std::int64_t> times;
    for (std::size_t i = 0; i < count; ++i) times.push_back(random_time());
    std::sort(times.begin(), times.end());
    for (const std::int64_t at : times) add(at);
    finish();
  }
  [[nodiscard]] const FeatureInput& input() const { return input_; }
  [[nodiscard]] const std::vector<funnel::SubjectHandles>& subjects() const { return subjects_; }
  [[nodiscard]] const Zone& zone() const { return zone_; }

  // Points around everything that happens, becomes known or is taken back.
  [[nodiscard]] std::vector<Point> points() {
    std::vector<Point> points;
    const auto& c = store_->columns();
    for (funnel::SubjectIndex subject = 0; subject < subjects_.size(); ++subject) {
      std::set<std::int64_t> times;
      for (Row row = 0; row < store_->row_count(); ++row) {
        for (const std::int64_t at : {c.occurred_at[row], c.known_at[row],
                                      c.retracted_at[row] == INT64_MAX ? kBegin : c.retracted_at[row]}) {
          times.insert({at, at + 1});
        }
      }
      for (int i = 0; i < 20; ++i) times.insert(random_time() + 40 * kHour);
      for (const std::int64_t at : times) points.push_back({subject, at});
    }
    return points;
  }

 private:
  std::int64_t random_time() {
    const auto hours = static_cast<std::int64_t>(random_.below(40 * 24));
    const bool is_whole = random_.below(3) != 0;
    const auto rest = is_whole ? 0 : static_cast<std::int64_t>(random_.below(3'600'000'000));
    return kBegin + hours * kHour + (whole_hours_ ? 0 : rest);
  }
  // Handles are sorted by kind and text.
  static timeline::Kind kind_of(Handle handle) {
    return handle < kLeads      ? timeline::kLead
           : handle < kContacts ? timeline::kContact
           : handle < kOwners   ? timeline::kAnonymous
                                : timeline::kOwner;
  }
  static std::string text_of(Handle handle) { return std::string(1, static_cast<char>('a' + handle)); }

  void add(std::int64_t at) {
    static constexpr std::array<std::string_view, 3> kTypes{"a", "b", "c"};
    const bool by_day = random_.below(4) == 0;
    if (by_day) at = std::max(zone_.start_of_day(zone_.day_of(at)), last_);
    last_ = at;
    std::int64_t known = by_day ? zone_.end_of_day(zone_.day_of(at)) : at;
    if (random_.below(5) == 0) known += static_cast<std::int64_t>(random_.below(10 * 24)) * kHour;
    if (random_.below(12) == 0) known = at - 5 * kDay;  // planned
    timeline::ResolvedEvent event;
    event.id.low = count_;
    event.occurred_at = at;
    event.known_at = known;
    if (random_.below(6) == 0)
      event.retracted_at = known + 1 + static_cast<std::int64_t>(random_.below(10 * 24)) * kHour;
    event.flags = (by_day ? static_cast<std::uint32_t>(timeline::kRowDay) : 0U) |
                  (random_.below(2) == 0 ? static_cast<std::uint32_t>(timeline::kRowTouch) : 0U);
    const std::size_t drawn = random_.below(3);
    event.type = kTypes[count_ < 3 ? count_ : drawn];  // each is there, so that types have their numbers
    event.source = "s";
    std::uint64_t conditions = 0;
    for (std::uint64_t bit = 0; bit < 9; ++bit)
      conditions |= (random_.below(bit < 5 ? 7 : 3) == 0 ? std::uint64_t{1} : 0) << bit;
    std::array<std::string, 3> names;
    if (random_.below(3) != 0) names[0] = text_of(static_cast<Handle>(random_.below(kLeads)));
    if (random_.below(2) == 0)
      names[1] = text_of(kLeads + static_cast<Handle>(random_.below(kContacts - kLeads)));
    if (random_.below(2) == 0)
      names[2] = text_of(kOwners + static_cast<Handle>(random_.below(kHandles - kOwners)));
    event.keys[timeline::kLead] = names[0];
    event.keys[timeline::kContact] = names[1];
    event.keys[timeline::kOwner] = names[2];
    if (calm_ && names[0] == text_of(0)) {
      event.known_at = at;
      event.retracted_at = INT64_MAX;
      event.flags &= ~static_cast<std::uint32_t>(timeline::kRowDay);
    }
    if (random_.below(2) != 0)
      event.amount_minor = static_cast<std::int64_t>(random_.below(1'000'000)) - 1000;
    const std::int64_t value =
        random_.below(2) == 0 ? timeline::kNoAmount : static_cast<std::int64_t>(random_.below(100'000));
    if (event.known_at > cut_) event.keys = {};  // it is nobody's; its type keeps its number
    if (event.retracted_at > cut_) event.retracted_at = INT64_MAX;
    event.source_row = static_cast<std::int64_t>(count_++);
    assembler_.add_event(event, &conditions, &value);
  }
  void finish() {
    for (Handle handle = 0; handle < kHandles; ++handle) {  // also those without events are there
      assembler_.add_attribute(kind_of(handle), text_of(handle), "there", "yes", INT64_MIN, INT64_MAX);
    }
    const std::int64_t moved = random_time();
    const bool has_moved = moved <= cut_;
    assembler_.add_attribute(timeline::kOwner, text_of(kOwners), "region", "north", INT64_MIN,
                             has_moved ? moved : INT64_MAX);
    if (has_moved)
      assembler_.add_attribute(timeline::kOwner, text_of(kOwners), "region", "south", moved, INT64_MAX);
    if (random_.below(2) == 0) {
      const std::int64_t known = random_time();
      if (known <= cut_)
        assembler_.add_relation(timeline::kLead, text_of(0), timeline::kOwner, text_of(kOwners + 1), known,
                                INT64_MAX);
    }
    const auto files = posix_file_system();
    const std::string path = testing::TempDir() + "/random_log.timelines";
    ASSERT_TRUE(std::move(assembler_).write(*files, path).has_value());
    store_ = std::move(*timeline::TimelineStore::open(*files, path));
    std::vector<identity::KeyLink> links;
    if (random_.below(2) == 0) links.push_back({kOwners, kOwners + 1, random_time()});
    links_ = identity::EntityLinks(kHandles, links);
    const auto known = [&] { return random_.below(2) == 0 ? INT64_MIN : random_time(); };
    const auto until = [&] { return random_.below(3) == 0 ? random_time() : INT64_MAX; };
    // The second lead was linked to the first at some time; both have the contacts for some time.
    subjects_ = {{0,
                  {{0}, {1, known(), INT64_MAX}},
                  {{2, known(), until()}, {3, known(), until()}},
                  {{3, known(), INT64_MAX}}},
                 {1, {{1}}, {{2, known(), INT64_MAX}}, {}}};
    shape_.subject = timeline::kLead;
    shape_.stages = {{{0, false}, {4, false}, {}}, {{1, true}, {}, {}}};
    shape_.won = {2, false};
    shape_.lost = {3, false};
    shape_.silent_for = Micros{6 * kDay};
    using Kind = Selector::Kind;
    meanings_.inbound = {Kind::condition, 5};
    meanings_.outbound = {Kind::condition, 6};
    meanings_.objections = {{Kind::condition, 7}};
    meanings_.answers = {{Kind::condition, 8}};
    meanings_.steps = {{Kind::type, 2}};
    input_.store = store_.get();
    input_.links = &links_;
    input_.subjects = subjects_;
    input_.funnel = &shape_;
    input_.stage_names = stage_names_;
    input_.zone = &zone_;
    input_.business = &business_;
    input_.meanings = &meanings_;
  }

  Random random_;
  bool calm_{false}, whole_hours_{false};
  std::int64_t cut_;
  Zone zone_{*Zone::find("Europe/Berlin")};
  timeline::Assembler assembler_{1, 1};
  std::size_t count_{0};
  std::int64_t last_{INT64_MIN};
  std::unique_ptr<timeline::TimelineStore> store_;
  identity::EntityLinks links_{0, {}};
  std::vector<funnel::SubjectHandles> subjects_;
  funnel::FunnelShape shape_;
  std::vector<std::string> stage_names_{"first", "second"};
  BusinessTime business_{zone_, {}, Date{19'780}, Date{19'900}};
  Meanings meanings_;
  FeatureInput input_;
};

// Every function, over several selectors, windows and scopes.
std::vector<Definition> all_definitions() {
  std::vector<Definition> all;
  const auto add = [&](Function function, Selector selector, Micros window, Scope scope,
                       std::string of = "") -> Definition& {
    Definition& made = all.emplace_back();
    made.spec = {function, std::move(of), window, scope};
    made.selector = selector;
    return made;
  };
  using Kind = Selector::Kind;
  for (int which = 0; which < kFunctions; ++which) {
    const auto function = static_cast<Function>(which);
    for (const Micros window : {Micros{0}, Micros{2 * kDay}, Micros{9 * kDay}}) {
      for (const Scope scope : {Scope::own, Scope::contact, Scope::account}) {
        for (const Selector selector : {Selector{Kind::any, 0}, Selector{Kind::touch, 0},
                                        Selector{Kind::type, 1}, Selector{Kind::condition, 5}}) {
          if (function == Function::distinct) {
            add(function, selector, window, scope, "type");
            add(function, selector, window, scope, "day");
            add(function, selector, window, scope, "owner").kind = timeline::kOwner;
          } else if (function == Function::attribute || function == Function::stage_name ||
                     function == Function::last) {
            Definition& made = add(function, selector, window, scope);
            made.type = ColumnType::category;
            made.kind = timeline::kOwner;
            made.attribute = scope == Scope::own ? kEntityKey : 0;
            if (function == Function::last) add(function, selector, window, scope).value = 0;
          } else {
            add(function, selector, window, scope, scope == Scope::own ? "theirs" : "ours").value =
                scope == Scope::own ? 0 : kAmountValue;
          }
        }
      }
    }
  }
  return all;
}

std::uint64_t bits_of(const FeatureColumn& column, std::size_t row) {
  return column.type == ColumnType::number ? std::bit_cast<std::uint64_t>(column.numbers[row])
                                           : column.codes[row];
}

std::uint64_t logs(std::uint64_t usual) {
  const char* const asked = std::getenv("WEIR_RANDOM_LOGS");
  return asked == nullptr ? usual : std::strtoull(asked, nullptr, 10);
}

// No cell of a point looks at what came after it.
TEST(RandomPoints, features_of_a_time_are_those_of_the_log_cut_at_it) {
  const std::vector<Definition> asked = all_definitions();
  const std::uint64_t count = logs(40);
  std::size_t different = 0;
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    RandomLog whole(seed);
    const std::int64_t at = kBegin + static_cast<std::int64_t>(seed * 7 % 41) * kDay + kHour / 2;
    RandomLog cut(seed, false, at);
    std::vector<Point> points, later;
    for (funnel::SubjectIndex subject = 0; subject < whole.subjects().size(); ++subject) {
      points.push_back({subject, at});
      later.push_back({subject, kBegin + 60 * kDay});
    }
    const FeatureKernel of_whole(whole.input(), asked), of_cut(cut.input(), asked);
    const Computed expected = of_whole.compute(points), found = of_cut.compute(points);
    const Computed last = of_whole.compute(later), last_of_cut = of_cut.compute(later);
    for (std::size_t row = 0; row < points.size(); ++row) {
      for (std::size_t d = 0; d < asked.size(); ++d) {
        ASSERT_EQ(bits_of(found.matrix.columns[d], row), bits_of(expected.matrix.columns[d], row))
            << "seed " << seed << ", row " << row << ", " << normal_form(asked[d].spec);
        different += bits_of(last.matrix.columns[d], row) != bits_of(last_of_cut.matrix.columns[d], row);
      }
    }
  }
  EXPECT_GT(different, 100 * count);  // what was cut off would have been seen later
}

TEST(RandomPoints, a_batch_gives_the_bits_of_its_points_alone) {
  const std::vector<Definition> asked = all_definitions();
  for (std::uint64_t seed = 1; seed <= logs(12); ++seed) {
    RandomLog log(seed);
    const FeatureKernel kernel(log.input(), asked);
    std::vector<Point> points = log.points();
    const Computed batch = kernel.compute(points);
    std::vector<Point> reversed(points.rbegin(), points.rend());
    const Computed backwards = kernel.compute(reversed, 3);
    for (std::size_t row = 0; row < points.size(); ++row) {
      const Computed alone = kernel.compute(std::span(points).subspan(row, 1));
      for (std::size_t d = 0; d < asked.size(); ++d) {
        const std::uint64_t expected = bits_of(alone.matrix.columns[d], 0);
        ASSERT_EQ(bits_of(batch.matrix.columns[d], row), expected)
            << "seed " << seed << ", row " << row << ", " << normal_form(asked[d].spec);
        ASSERT_EQ(bits_of(backwards.matrix.columns[d], points.size() - 1 - row), expected)
            << "seed " << seed << ", row " << row << ", " << normal_form(asked[d].spec);
      }
    }
  }
}

// Counts, sums and newest events over several selectors and windows, some of no whole number of hours.
std::vector<Definition> simple_definitions() {
  std::vector<Definition> all;
  using Kind = Selector::Kind;
  for (const Function function :
       {Function::count, Function::sum, Function::mean, Function::last, Function::since}) {
    for (const Micros window : {Micros{0}, Micros{2 * kDay}, Micros{9 * kDay}, Micros{3 * kDay + 1}}) {
      for (const Selector selector : {Selector{Kind::any, 0}, Selector{Kind::type, 1},
                                      Selector{Kind::condition, 5}, Selector{Kind::none, 0}}) {
        for (const std::uint32_t value : {0U, kAmountValue}) {
          Definition& made = all.emplace_back();
          made.spec = {function, "", window, Scope::contact};
          made.selector = selector;
          made.value = value;
        }
      }
    }
  }
  return all;
}

// The first lead's past only grows, so its cells come the short way; the second lead's events come late and
// are taken back.
TEST(RandomPoints, the_short_way_gives_the_bits_of_the_long_one) {
  const std::vector<Definition> asked = simple_definitions();
  const std::vector<funnel::SubjectHandles> subjects{{0, {{0}}, {}, {}}, {1, {{1}}, {}, {}}};
  for (std::uint64_t seed = 1; seed <= logs(40); ++seed) {
    RandomLog log(seed, true);
    FeatureInput input = log.input();
    input.subjects = subjects;
    const FeatureKernel kernel(input, asked);
    const std::vector<Point> points = log.points();
    const FeatureMatrix expected = kernel.compute(points).matrix;
    CellRows rows;
    kernel.compute_cells(points, 2, rows);
    ASSERT_EQ(rows.counts.width() + rows.cells.width(), asked.size());
    for (std::size_t row = 0; row < points.size(); ++row) {
      for (std::size_t i = 0; i < rows.counts.width(); ++i) {
        const FeatureColumn& column = expected.columns[rows.counts.definitions[i]];
        ASSERT_EQ(rows.counts.row(row)[i], column.numbers[row]) << "seed " << seed << ", row " << row;
      }
      for (std::size_t i = 0; i < rows.cells.width(); ++i) {
        const std::size_t d = rows.cells.definitions[i];
        ASSERT_EQ(rows.cells.row(row)[i], bits_of(expected.columns[d], row))
            << "seed " << seed << ", row " << row << ", " << normal_form(asked[d].spec);
      }
    }
  }
}

TEST(RandomPoints, stand_where_the_funnel_says) {
  for (std::uint64_t seed = 1; seed <= logs(40); ++seed) {
    RandomLog log(seed);
    const std::vector<Point> points = log.points();
    const auto states = states_at(log.input(), points);
    for (std::size_t i = 0; i < points.size(); ++i) {
      const funnel::AsOf as_of{event_time(points[i].at), known_time(points[i].at - 1)};
      const auto run = funnel::run_funnel(*log.input().store, {log.subjects()[points[i].subject]},
                                          *log.input().funnel, as_of, log.zone());
      const std::string where = "seed " + std::to_string(seed) + ", point " + std::to_string(i);
      ASSERT_EQ(states[i].state, run.subjects[0].state) << where;
      const funnel::Stay* open = run.table.stays.empty() ? nullptr : &run.table.stays.back();
      if (open != nullptr && open->ending != funnel::Ending::open && open->ending != funnel::Ending::dormant)
        open = nullptr;
      if (run.subjects[0].state != funnel::SubjectState::in_stage) open = nullptr;
      ASSERT_EQ(states[i].stage, open == nullptr ? funnel::kNoStage : open->stage) << where;
      if (open == nullptr) continue;
      ASSERT_EQ(states[i].entered, micros_of(open->entered)) << where;
      ASSERT_EQ(states[i].dormant, open->ending == funnel::Ending::dormant) << where;
    }
  }
}

// Own events of the second lead: no ways in, no membership.
TEST(RandomPoints, have_the_numbers_that_the_rules_say) {
  std::vector<Definition> asked(5);
  const Micros window{5 * kDay};
  const Function functions[] = {Function::count, Function::sum, Function::min, Function::distinct,
                                Function::since};
  for (std::size_t d = 0; d < asked.size(); ++d) {
    asked[d].spec = {functions[d], "owner", window, Scope::own};
    asked[d].kind = timeline::kOwner;
  }
  for (std::uint64_t seed = 1; seed <= logs(40); ++seed) {
    RandomLog log(seed);
    std::vector<Point> points = log.points();
    const Computed computed = FeatureKernel(log.input(), asked).compute(points);
    const auto& store = *log.input().store;
    const auto& c = store.columns();
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (points[i].subject != 1) continue;
      const std::int64_t at = points[i].at;
      double count = 0;
      std::int64_t sum = 0;
      std::int64_t least = INT64_MAX;
      std::int64_t latest = INT64_MIN;
      std::set<Handle> owners;
      for (const Row row : store.run(1)) {
        if (c.occurred_at[row] >= at || c.known_at[row] >= at || c.retracted_at[row] < at) continue;
        latest = c.occurred_at[row];
        if (c.occurred_at[row] < at - window.count()) continue;
        ++count;
        if (c.keys[timeline::kOwner][row] != kNoHandle)
          owners.insert(log.input().links->connected_since(kOwners, kOwners + 1) < at
                            ? kOwners
                            : c.keys[timeline::kOwner][row]);
        if (c.amount_minor[row] == timeline::kNoAmount) continue;
        sum += c.amount_minor[row];
        least = std::min(least, c.amount_minor[row]);
      }
      const auto number = [&](std::size_t d) { return computed.matrix.columns[d].numbers[i]; };
      const auto is_null = [&](std::size_t d) { return computed.matrix.columns[d].is_null(i); };
      ASSERT_EQ(number(0), count) << "seed " << seed << ", point " << i;
      ASSERT_EQ(number(1), static_cast<double>(sum) / 100);
      ASSERT_TRUE(least == INT64_MAX ? is_null(2) : number(2) == static_cast<double>(least) / 100);
      ASSERT_EQ(number(3), static_cast<double>(owners.size()));
      ASSERT_TRUE(latest == INT64_MIN ? is_null(4) : number(4) == days_of(Micros{at - latest}));
    }
  }
}

}  // namespace
}  // namespace weir::features
