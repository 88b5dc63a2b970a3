// The serial stage: in journal order, finds whose every event is, moves the clock, and gives each
// lane its rows. One thread at a time, batch after batch; others may look profiles up.
#pragma once

#include "engine/operator/identifier.hpp"
#include "engine/runtime/placement.hpp"
#include "engine/runtime/work.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

class Router {
 public:
  Router(std::unique_ptr<Identifier> identifier,
         std::string_view identifier_name,
         Placement placement)
      : identifier_(std::move(identifier)), node_(identifier_name), placement_(placement) {}

  void route(Work& work);

  Identifier& identifier() { return *identifier_; }
  const Identifier& identifier() const { return *identifier_; }
  // Where the journal's clock is.
  Time clock() const { return clock_; }
  // Adds the identity, the clock and the number of epochs, as they are now.
  void save(WriteSet& changes);
  Status restore(Store& store, Position end);

  // Whose an identifier such as `user_id:42` or a profile's text is; everything before `routed` has
  // been seen. Any thread.
  struct Found {
    ProfileId profile = kNoProfile;
    Position routed = 0;
  };
  Found find(std::string_view id) const;
  // Any thread.
  std::uint64_t profiles() const;

 private:
  void route_events(Work& work);
  void identify(Event& event, Work& work);
  // Lanes of events whose profiles merge in this batch: all of them run where the last survivor
  // lives.
  void place_merges(Work& work, ProfileId made_before);
  ProfileId survivor(ProfileId profile) const;

  // Of the identifier and routed_, once batches run. Held for a batch: look-ups take microseconds,
  // and batches are small where somebody waits for answers.
  mutable std::mutex mutex_;
  Position routed_ = 0;
  std::unique_ptr<Identifier> identifier_;
  std::string node_;
  Placement placement_;
  Time clock_ = kBeginning;
  std::uint64_t epochs_ = 0;
  Identity identity_;                                            // reused
  std::vector<Merge> merges_;                                    // of this batch
  boost::unordered_flat_map<ProfileId, ProfileId> merged_into_;  // of this batch
};

}  // namespace millrace
