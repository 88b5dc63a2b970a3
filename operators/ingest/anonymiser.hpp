// Takes out of an event what says whose it is. One thread an instance.
//
// The identity becomes a keyed hash of the day, the source and what identified the sender: events
// of one day are still of one visitor, and nobody without the key finds out who that is, or whether
// two days' visitors are the same.
#pragma once

#include "engine/event/event.hpp"
#include "engine/operator/lane.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace millrace {

class Anonymiser {
 public:
  // For a lane whose topology is planned. `also` are paths to take out beside its own.
  Anonymiser(std::string key, const std::vector<std::string>& also, Lane& lane);

  // Afterwards the event has an anonymous id and no other, no address, user agent, traits and
  // device ids, and no queries of addresses.
  void anonymise(Event& event);

 private:
  std::string_view pseudonym(const Event& event);

  std::string key_;
  Lane& lane_;
  std::vector<FieldId> taken_out_;
  std::vector<FieldId> cut_;  // addresses
  std::string scratch_;
};

}  // namespace millrace
