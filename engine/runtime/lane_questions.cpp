// What a lane tells of a profile to those who ask from outside.
#include "engine/runtime/lane_runner.hpp"

#include <algorithm>

namespace millrace {
namespace {

constexpr std::size_t kQuestionsMax = 10'000;
Error closed() { return {"the engine is not running", Fault::kBusy}; }

}  // namespace

bool LaneRunner::ask(Question question) {
  const std::lock_guard lock(questions_mutex_);
  if (!questions_open_ || questions_.size() >= kQuestionsMax) return false;
  questions_.push_back(std::move(question));
  asked_.store(true, std::memory_order_release);
  return true;
}

void LaneRunner::open_questions() {
  const std::lock_guard lock(questions_mutex_);
  questions_open_ = true;
}

void LaneRunner::close_questions() {
  std::vector<Question> left;
  {
    const std::lock_guard lock(questions_mutex_);
    questions_open_ = false;
    left.swap(questions_);
    asked_.store(false, std::memory_order_release);
  }
  for (const Question& question : left) question.answer(closed());
}

void LaneRunner::answer_questions(Position position) {
  std::vector<Question> asked;
  {
    const std::lock_guard lock(questions_mutex_);
    asked.swap(questions_);
    asked_.store(false, std::memory_order_release);
  }
  for (const Question& question : asked) question.answer(view(question.profile, position));
}

Result<std::optional<ProfileView>> LaneRunner::view(ProfileId profile, Position position) {
  // What is in the store is as it was when it left memory.
  if (is_aside(profile))
    if (const Status done = fetch({profile}); !done) return done.error();
  const Slot slot = lane_.table().find(profile);
  if (slot == kNoSlot) return std::optional<ProfileView>();
  std::optional<ProfileView> made(std::in_place);
  made->profile = profile;
  made->first_seen = lane_.info(slot).first_seen;
  made->now = lane_.now();
  made->position = position;
  std::string_view ids = lane_.info(slot).ids_text();
  while (!ids.empty()) {
    const auto end = ids.find('\n');
    made->ids.emplace_back(ids.substr(0, end));
    ids.remove_prefix(end + 1);
  }
  for (const auto& op : operators_) op->show(slot, *made);
  return made;
}

}  // namespace millrace
