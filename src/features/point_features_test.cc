#include "features/point_features.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "timeline/assembler.h"

namespace weir::features {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using timeline::Row;

constexpr std::int64_t kDay = kMicrosPerDay;
enum Type : std::uint16_t { kCreated, kReply, kSent };  // sorted by name

struct Event {
  Type type{kCreated};
  std::int64_t occurred_at{0};
  std::int64_t known_at{0};
  std::int64_t retracted_at{INT64_MAX};
  timeline::Handle owner{timeline::kNoHandle};
};

// One lead, handle 0, with these events in time order; handles 1 and 2 are owners with an attribute `region`.
class OneLead {
 public:
  explicit OneLead(const std::vector<Event>& events) {
    timeline::Assembler assembler(1, 0);
    for (std::size_t i = 0; i < events.size(); ++i) add(assembler, events[i], i);
    assembler.add_attribute(timeline::kOwner, "anna", "region", "north", 0, 20 * kDay);
    assembler.add_attribute(timeline::kOwner, "anna", "region", "south", 20 * kDay, INT64_MAX);
    assembler.add_attribute(timeline::kOwner, "bert", "region", "south", 0, INT64_MAX);
    assembler.add_attribute(timeline::kOwner, "bert", "zone", "unused", 0, INT64_MAX);
    const auto files = posix_file_system();
    const std::string path = testing::TempDir() + "/one_lead.timelines";
    EXPECT_TRUE(std::move(assembler).write(*files, path).has_value());
    store_ = std::move(*timeline::TimelineStore::open(*files, path));
    links_ = identity::EntityLinks(3, {});
    subjects_ = {{0, {{0}}, {}, {}}};
    shape_.subject = timeline::kLead;
    shape_.stages = {{{0}, {}, {}}};
    input_.store = store_.get();
    input_.links = &links_;
    input_.subjects = subjects_;
    input_.funnel = &shape_;
    input_.stage_names = stage_names_;
    input_.zone = &zone_;
    input_.business = &business_;
    input_.meanings = &meanings_;
  }
  [[nodiscard]] const FeatureInput& input() const { return input_; }

 private:
  static void add(timeline::Assembler& assembler, const Event& given, std::size_t place) {
    static constexpr std::array<std::string_view, 3> kTypes{"lead.created", "reply", "sent"};
    static constexpr std::array<std::string_view, 3> kHandles{"L1", "anna", "bert"};
    timeline::ResolvedEvent event;
    event.id.low = place;
    event.occurred_at = given.occurred_at;
    event.known_at = given.known_at;
    event.retracted_at = given.retracted_at;
    event.flags = given.type == kCreated ? 0U : static_cast<std::uint32_t>(timeline::kRowTouch);
    event.type = kTypes[given.type];
    event.source = "s";
    event.keys[timeline::kLead] = kHandles[0];
    if (given.owner != timeline::kNoHandle) event.keys[timeline::kOwner] = kHandles[given.owner];
    const std::uint64_t conditions = given.type == kCreated ? 1 : 0;  // bit 0: enters the stage
    assembler.add_event(event, &conditions, nullptr);
  }
  std::unique_ptr<timeline::TimelineStore> store_;
  identity::EntityLinks links_{0, {}};
  std::vector<funnel::SubjectHandles> subjects_;
  funnel::FunnelShape shape_;
  std::vector<std::string> stage_names_{"new"};
  Zone zone_{Zone::utc()};
  BusinessTime business_{Zone::utc(), {}, Date{0}, Date{100}};
  Meanings meanings_;
  FeatureInput input_;
};

Definition definition(Function function, Selector selector = {}, Micros window = Micros{0}) {
  Definition made;
  made.spec.function = function;
  made.spec.window = window;
  made.selector = selector;
  return made;
}

constexpr Selector kReplies{Selector::Kind::type, kReply};

std::vector<Event> conversation() {
  return {{kCreated, 1 * kDay, 1 * kDay, INT64_MAX, 1},
          {kSent, 3 * kDay, 3 * kDay},
          {kReply, 5 * kDay, 5 * kDay},
          {kReply, 6 * kDay, 9 * kDay},             // known late
          {kReply, 8 * kDay, 8 * kDay, 11 * kDay},  // taken back
          {kReply, 12 * kDay, 12 * kDay}};
}

TEST(PointFeatures, count_what_was_known) {
  const OneLead lead(conversation());
  const std::vector<Definition> asked{definition(Function::count, kReplies),
                                      definition(Function::count, kReplies, Micros{3 * kDay}),
                                      definition(Function::since, kReplies)};
  const FeatureKernel kernel(lead.input(), asked);
  const std::vector<Point> points{{0, 5 * kDay},  {0, 9 * kDay},      {0, 9 * kDay + 1},
                                  {0, 11 * kDay}, {0, 11 * kDay + 1}, {0, 20 * kDay}};
  const auto computed = kernel.compute(points);
  EXPECT_THAT(computed.matrix.columns[0].numbers, ElementsAre(0, 2, 3, 3, 2, 3));
  EXPECT_THAT(computed.matrix.columns[1].numbers, ElementsAre(0, 1, 1, 1, 0, 0));
  EXPECT_TRUE(std::isnan(computed.matrix.columns[2].numbers[0]));
  EXPECT_DOUBLE_EQ(computed.matrix.columns[2].numbers[1], 1);
  EXPECT_DOUBLE_EQ(computed.matrix.columns[2].numbers[5], 8);
}

TEST(PointFeatures, states_say_where_the_subject_stood) {
  const OneLead lead(conversation());
  const std::vector<Point> points{{0, 1 * kDay}, {0, 4 * kDay}};
  const auto states = states_at(lead.input(), points);
  EXPECT_FALSE(states[0].is_open());
  EXPECT_EQ(states[0].event_count, 0U);
  EXPECT_TRUE(states[1].is_open());
  EXPECT_EQ(states[1].stage, 0U);
  EXPECT_EQ(states[1].entered, 1 * kDay);
  EXPECT_EQ(states[1].last_touch, 3 * kDay);
  EXPECT_EQ(states[1].last_row, 1U);
  EXPECT_EQ(states[1].owner, 1U);
}

TEST(PointFeatures, attributes_have_all_levels_that_are_used) {
  const OneLead lead(conversation());
  Definition region = definition(Function::attribute);
  region.type = ColumnType::category;
  region.kind = timeline::kOwner;
  region.attribute = 0;
  const FeatureKernel kernel(lead.input(), std::vector<Definition>{region});
  const std::vector<Point> points{{0, 1 * kDay}, {0, 20 * kDay}, {0, 20 * kDay + 1}};
  const auto computed = kernel.compute(points);
  EXPECT_THAT(computed.matrix.columns[0].levels, ElementsAre("north", "south"));
  EXPECT_THAT(computed.matrix.columns[0].codes, ElementsAre(kNoLevel, 0U, 1U));
}

TEST(PointFeatures, evidence_is_what_was_counted_newest_first) {
  const OneLead lead(conversation());
  const std::vector<Definition> asked{definition(Function::count, kReplies),
                                      definition(Function::since, kReplies), definition(Function::stage_age)};
  const FeatureKernel kernel(lead.input(), asked);
  EXPECT_THAT(kernel.evidence(0, {0, 20 * kDay}, 2), ElementsAre(5U, 3U));
  EXPECT_THAT(kernel.evidence(0, {0, 10 * kDay}, 9), ElementsAre(4U, 3U, 2U));
  EXPECT_THAT(kernel.evidence(1, {0, 20 * kDay}, 9), ElementsAre(5U));
  EXPECT_THAT(kernel.evidence(2, {0, 20 * kDay}, 9), ElementsAre(0U));
  EXPECT_THAT(kernel.evidence(0, {0, 4 * kDay}, 9), IsEmpty());
}

TEST(PointFeatures, threads_and_order_change_nothing) {
  const OneLead lead(conversation());
  const std::vector<Definition> asked{definition(Function::count, kReplies), definition(Function::own_rate),
                                      definition(Function::gap_mean)};
  const FeatureKernel kernel(lead.input(), asked);
  std::vector<Point> points;
  for (int i = 0; i < 2000; ++i) points.push_back({0, (i * 7919 % 2000) * kDay / 50 + 1});
  const auto one = kernel.compute(points, 1);
  const auto four = kernel.compute(points, 4);
  for (std::size_t column = 0; column < asked.size(); ++column) {
    for (std::size_t row = 0; row < points.size(); ++row) {
      const auto alone = kernel.compute(std::span(points).subspan(row, 1));
      const double expected = alone.matrix.columns[column].numbers[0];
      for (const auto* other : {&one, &four}) {
        const double value = other->matrix.columns[column].numbers[row];
        EXPECT_TRUE(value == expected || (std::isnan(value) && std::isnan(expected))) << column << " " << row;
      }
    }
  }
}

}  // namespace
}  // namespace weir::features
