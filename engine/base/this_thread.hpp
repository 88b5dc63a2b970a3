// What tools such as `top -H` and profilers show of a thread.
#pragma once

#include <pthread.h>

namespace millrace {

// Names the calling thread; at most 15 bytes.
inline void name_thread(const char* name) { ::pthread_setname_np(::pthread_self(), name); }

}  // namespace millrace
