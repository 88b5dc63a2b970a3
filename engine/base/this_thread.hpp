// What the operating system knows of the calling thread.
#pragma once

#include <pthread.h>
#include <sys/resource.h>

namespace millrace {

// As tools such as `top -H` and profilers show it; at most 15 bytes.
inline void name_thread(const char* name) { ::pthread_setname_np(::pthread_self(), name); }

// The process's other threads, and other processes, come first where the processors are short: it
// has a third of their weight (setpriority(2): on Linux, and here on purpose, that is of a thread).
// So have the threads that it starts. Does nothing where the system refuses.
inline void yield_to_others() { ::setpriority(PRIO_PROCESS, 0, 5); }

}  // namespace millrace
