#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum mode { NONE, KILL_BEFORE, KILL_AFTER, ERROR };

#define SITES 8192

static struct {
  int active;
  pid_t pid;
  enum mode mode;
  int error;
  /* The site and its occurrence; or, without a site, the number of the call. */
  char site[SITE_LENGTH];
  long occurrence;
  /* How many calls are still to fail: the one that is meant, and those that follow it. */
  long failing;
  int reached;
  long calls;
  int trace;
} state = {.trace = -1};

static struct { char *site; long count; } sites[SITES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void *shim_next(const char *name) { return dlsym(RTLD_NEXT, name); }

static void take(const char *name, char *to, size_t size) {
  const char *value = getenv(name);
  snprintf(to, size, "%s", value == NULL ? "" : value);
  unsetenv(name);
}

static int error_named(const char *name) {
  static const struct { const char *name; int error; } known[] = {
      {"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EMFILE", EMFILE}, {"EACCES", EACCES}, {"EAGAIN", EAGAIN}, {"ENOMEM", ENOMEM}};
  for (size_t at = 0; at < sizeof known / sizeof known[0]; at += 1)
    if (strcmp(known[at].name, name) == 0) return known[at].error;
  return 0;
}

static void choose_mode(const char *mode) {
  state.error = error_named(mode);
  if (strcmp(mode, "kill-before") == 0) state.mode = KILL_BEFORE;
  else if (strcmp(mode, "kill-after") == 0) state.mode = KILL_AFTER;
  else state.mode = state.error != 0 ? ERROR : NONE;
}

__attribute__((constructor)) static void start(void) {
  char text[SITE_LENGTH];
  take("FAULT_ROOT", shim_root, sizeof text / 2);
  if (shim_root[0] == '\0') return;
  unsetenv("LD_PRELOAD"); /* children are not counted */
  take("FAULT_MODE", text, sizeof text);
  choose_mode(text);
  take("FAULT_SITE", state.site, sizeof state.site);
  take("FAULT_OCCURRENCE", text, sizeof text);
  state.occurrence = atol(text);
  take("FAULT_TIMES", text, sizeof text);
  state.failing = text[0] == '\0' ? 1 : atol(text);
  take("FAULT_TRACE", text, sizeof text);
  if (text[0] != '\0') state.trace = (int)syscall(SYS_openat, AT_FDCWD, text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  take("FAULT_RECORD", text, sizeof text);
  state.pid = getpid();
  state.active = 1;
  if (text[0] != '\0') record_open(text);
}

static int counts(void) { return state.active && getpid() == state.pid; }

static int begin(struct point *point, const char *call) {
  point->call = call;
  point->fd = -1;
  point->offset = -1;
  point->first[0] = point->second[0] = point->site[0] = '\0';
  return counts();
}

static void site_of(struct point *point, const char *first, const char *second) {
  char one[SITE_LENGTH / 2], two[SITE_LENGTH / 2];
  normalise(first, one, sizeof one);
  normalise(second, two, sizeof two);
  snprintf(point->site, sizeof point->site, second[0] ? "%s %s %s" : "%s %s", point->call, one, two);
}

int point_at(struct point *point, const char *call, int directory, const char *path) {
  char absolute[SITE_LENGTH / 2];
  int error = errno;
  if (!begin(point, call) || !absolute_path(directory, path, absolute, sizeof absolute)) return 0;
  const char *below = below_root(absolute);
  errno = error;
  if (below == NULL) return 0;
  snprintf(point->first, sizeof point->first, "%s", below);
  site_of(point, below, "");
  return 1;
}

int point_between(struct point *point, const char *call, const char *from, int directory, const char *to) {
  char first[SITE_LENGTH / 2], second[SITE_LENGTH / 2];
  int error = errno;
  if (!begin(point, call) || !absolute_path(directory, to, second, sizeof second)) return 0;
  const char *below = below_root(second);
  if (below == NULL) return 0;
  /* The target of a symbolic link is a text, not a path of ours. */
  if (strcmp(call, "symlink") == 0 || !absolute_path(AT_FDCWD, from, first, sizeof first)) snprintf(first, sizeof first, "%s", from);
  const char *source = below_root(first);
  snprintf(point->first, sizeof point->first, "%s", source == NULL ? first : source);
  snprintf(point->second, sizeof point->second, "%s", below);
  site_of(point, point->first, below);
  errno = error;
  return 1;
}

int point_on(struct point *point, const char *call, int fd) {
  char path[SITE_LENGTH / 2];
  int error = errno;
  if (!begin(point, call) || fd <= 2) return 0;
  int found = path_of(fd, path, sizeof path);
  errno = error;
  const char *below = found ? below_root(path) : NULL;
  if (below == NULL) return 0;
  point->fd = fd;
  snprintf(point->first, sizeof point->first, "%s", below);
  site_of(point, below, "");
  return 1;
}

int point_bare(struct point *point, const char *call, const char *what) {
  if (!begin(point, call)) return 0;
  snprintf(point->site, sizeof point->site, "%s %s", call, what);
  return 1;
}

static long count_site(const char *site) {
  unsigned long hash = 5381;
  for (const char *at = site; *at; at += 1) hash = hash * 33 + (unsigned char)*at;
  for (size_t probe = 0; probe < SITES; probe += 1) {
    size_t at = (hash + probe) % SITES;
    if (sites[at].site == NULL) sites[at].site = strdup(site);
    if (strcmp(sites[at].site, site) == 0) return ++sites[at].count;
  }
  return 0;
}

static void trace(const struct point *point, long number, long occurrence, const char *what) {
  char line[SITE_LENGTH + 128];
  if (state.trace < 0) return;
  int length = snprintf(line, sizeof line, "%ld\t%ld\t%s\t%s\n", number, occurrence, what, point->site);
  syscall(SYS_write, state.trace, line, (size_t)length);
}

static int is_meant(const struct point *point, long number, long occurrence) {
  if (state.mode == NONE || state.reached) return 0;
  if (state.site[0] == '\0') return number == state.occurrence;
  return occurrence == state.occurrence && strcmp(state.site, point->site) == 0;
}

static __thread int dies_after;

int point_before(struct point *point) {
  int error = errno, fails = 0;
  pthread_mutex_lock(&lock);
  long occurrence = count_site(point->site);
  long number = ++state.calls;
  int meant = is_meant(point, number, occurrence);
  if (meant) state.reached = 1;
  if (state.mode == ERROR && state.reached && state.failing > 0) {
    state.failing -= 1;
    fails = 1;
  }
  trace(point, number, occurrence, fails || meant ? "fault" : "call");
  if (meant && state.mode == KILL_BEFORE) syscall(SYS_kill, state.pid, SIGKILL);
  dies_after = meant && state.mode == KILL_AFTER;
  pthread_mutex_unlock(&lock);
  errno = fails ? state.error : error;
  return fails;
}

void point_after(struct point *point, long result, const void *data) {
  int error = errno;
  if (dies_after) syscall(SYS_kill, state.pid, SIGKILL);
  record_call(point, result, data);
  errno = error;
}
