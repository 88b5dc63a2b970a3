// What lanes gather at epochs, merged, and what they read later.
//
// Lanes call add() and get() concurrently, and that lock is held for moving strings only. Whoever
// runs the executor's publishing task calls publish(), while lanes go on with what follows the
// epoch; so does a checkpoint that must hold what was published.
#pragma once

#include "engine/operator/operator.hpp"
#include "engine/state/store.hpp"
#include "engine/topology/plan.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace millrace {

class Publisher {
 public:
  explicit Publisher(Plan& plan);

  bool gathers() const { return delay_max_ > 0; }
  // Whether everything that lanes read at this epoch is there.
  bool ready(std::uint64_t epoch) const;
  void add(std::size_t node, std::uint64_t epoch, std::uint32_t shard, std::string part);
  // What the node's operator reads at this epoch; empty if there is nothing yet.
  std::string get(std::size_t node, std::uint64_t epoch) const;
  // Merges what was gathered up to this epoch, which all lanes have passed, in the order of epochs.
  // It is published when this returns; where another thread is at it, this waits.
  void publish(std::uint64_t epoch);

  // All lanes and checkpoints are past this epoch: forgets what only earlier ones could read.
  void release(std::uint64_t epoch);

  // Adds what lanes may still read after this epoch.
  void save(std::uint64_t epoch, WriteSet& changes) const;
  Status restore(std::uint64_t epoch, Store& store);
  Hash128 digest() const;

 private:
  struct Node {
    std::string name;
    std::uint32_t delay = 0;
    std::unique_ptr<Operator> publisher;  // does nothing but publish
    std::map<std::uint64_t, std::map<std::uint32_t, std::string>> parts;  // by epoch and shard
    std::map<std::uint64_t, std::string> published;  // by epoch; only what may be read
  };
  void merge(Node& node, std::uint64_t epoch);

  Lane lane_;  // for the publishing instances' constructors
  std::vector<Node> nodes_;
  std::uint32_t delay_max_ = 0;
  mutable std::mutex mutex_;                 // of what nodes hold
  std::mutex publishing_;                    // held while operators merge
  std::atomic<std::uint64_t> published_{0};  // the newest epoch that is
};

}  // namespace millrace
