/* Records what was written, in the order in which it was, for the replay of power cuts. One record is a line of fields
   that are separated by tabs, and as many bytes as its last field says. */
#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int file = -1;
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static pid_t owner;

void record_open(const char *path) {
  file = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  owner = getpid();
}

static int records(void) { return file >= 0 && getpid() == owner; }

/* From here on until {@link record_end} the calls of other threads wait, so that the record has the true order. */
void record_begin(void) {
  if (records()) pthread_mutex_lock(&order);
}

void record_end(void) {
  if (records()) pthread_mutex_unlock(&order);
}

/* call, mode bits, offset, first path, second path, number of bytes */
static void put_record(const char *call, unsigned mode, long offset, const char *first, const char *second, const void *bytes, size_t size) {
  char line[3 * SITE_LENGTH];
  int length = snprintf(line, sizeof line, "%s\t%o\t%ld\t%s\t%s\t%zu\n", call, mode, offset, first, second, size);
  struct iovec parts[] = {{line, (size_t)length}, {(void *)bytes, size}};
  syscall(SYS_writev, file, parts, size > 0 ? 2 : 1); /* one call: children append too */
}

void record_call(const struct point *point, long result, const void *data) {
  if (!records() || result < 0) return;
  const char *call = point->call;
  struct stat status = {0};
  char path[SITE_LENGTH];
  snprintf(path, sizeof path, "%s/%s", shim_root, point->second[0] ? point->second : point->first);
  lstat(path, &status);
  int opens = strcmp(call, "open") == 0;
  if (opens && !(*(const int *)data & (O_CREAT | O_TRUNC))) return;
  if (opens && (*(const int *)data & O_TRUNC)) call = "open-empty";
  int writes = strcmp(call, "write") == 0;
  if (writes && data == NULL) call = "write-unknown";
  long offset = strcmp(call, "ftruncate") == 0 ? *(const long *)data : point->offset;
  size_t size = writes && data != NULL ? (size_t)result : 0;
  put_record(call, status.st_mode & 07777, offset, point->first, point->second, data, size);
}

static int put_entry(const char *path, const struct stat *status, int type, struct FTW *place) {
  static char bytes[1 << 20];
  (void)type;
  (void)place;
  const char *below = below_root(path);
  if (below == NULL || strcmp(below, ".") == 0) return 0;
  unsigned mode = status->st_mode & 07777;
  if (S_ISDIR(status->st_mode)) put_record("tree-directory", mode, 0, below, "", NULL, 0);
  if (S_ISLNK(status->st_mode)) {
    ssize_t length = readlink(path, bytes, sizeof bytes);
    if (length > 0) put_record("tree-link", mode, 0, below, "", bytes, (size_t)length);
  }
  if (!S_ISREG(status->st_mode)) return 0;
  int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  long length = syscall(SYS_read, fd, bytes, sizeof bytes);
  syscall(SYS_close, fd);
  if (length >= 0) put_record("tree-file", mode, 0, below, "", bytes, (size_t)length);
  return 0;
}

void record_exec(char *const words[]) {
  char all[SITE_LENGTH / 2] = "";
  if (file < 0 || getpid() == owner) return;
  for (; *words != NULL; words += 1) {
    size_t used = strlen(all);
    snprintf(all + used, sizeof all - used, "%s ", *words);
  }
  for (char *at = all; *at; at += 1) if (*at == '\t' || *at == '\n') *at = ' ';
  put_record("exec", 0, getpid(), all, "", NULL, 0);
}

/* What children did is not recorded call by call: at the end of each the whole tree is, in one piece. */
void record_end_of(int pid, int status) {
  if (!records()) return;
  int error = errno;
  char state[SITE_LENGTH];
  snprintf(state, sizeof state, "%s/state", shim_root);
  pthread_mutex_lock(&order);
  put_record("tree-begin", (unsigned)status, pid, "", "", NULL, 0);
  nftw(state, put_entry, 32, FTW_PHYS);
  put_record("tree-end", (unsigned)status, pid, "", "", NULL, 0);
  pthread_mutex_unlock(&order);
  errno = error;
}
