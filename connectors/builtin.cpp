#include "connectors/builtin.hpp"

#include "connectors/admission/collect_section.hpp"
#include "connectors/file/file_sink.hpp"
#include "connectors/server_section.hpp"
#include "connectors/webhook/webhook_sink.hpp"
#include "connectors/websocket/websocket_section.hpp"
#include "engine/operator/registry.hpp"

namespace millrace {

void add_builtin_connectors(Registry& registry) {
  add_file(registry);
  add_webhook(registry);
  registry.add_section<admission::CollectSection>();
  registry.add_section<ServerSection>();
  registry.add_section<websocket::WebSocketSection>();
}

}  // namespace millrace
