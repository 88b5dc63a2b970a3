// Every operator that this repository ships, in one visible list.
#pragma once

namespace millrace {

class Registry;

void add_builtin_operators(Registry& registry);

// One for each operator, defined beside it.
void add_bots(Registry& registry);
void add_campaign(Registry& registry);
void add_cluster(Registry& registry);
void add_consent(Registry& registry);
void add_dedupe(Registry& registry);
void add_features(Registry& registry);
void add_identify(Registry& registry);
void add_page(Registry& registry);
void add_parse(Registry& registry);
void add_referrer(Registry& registry);
void add_rules(Registry& registry);
void add_sample(Registry& registry);
void add_sessions(Registry& registry);
void add_user_agent(Registry& registry);
void add_validate(Registry& registry);

}  // namespace millrace
