// How jemalloc is to work for the program; it looks for this name.
extern "C" {
extern const char* malloc_conf;
// Memory that a burst took goes back to the system a few seconds after it, also where no thread
// allocates any more.
const char* malloc_conf = "background_thread:true,dirty_decay_ms:500,muzzy_decay_ms:0";
}
