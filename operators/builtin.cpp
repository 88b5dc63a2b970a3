#include "operators/builtin.hpp"

namespace millrace {

void add_builtin_operators(Registry& registry) {
  add_bots(registry);
  add_campaign(registry);
  add_cluster(registry);
  add_consent(registry);
  add_dedupe(registry);
  add_features(registry);
  add_identify(registry);
  add_page(registry);
  add_parse(registry);
  add_referrer(registry);
  add_rules(registry);
  add_sample(registry);
  add_sessions(registry);
  add_user_agent(registry);
  add_validate(registry);
}

}  // namespace millrace
