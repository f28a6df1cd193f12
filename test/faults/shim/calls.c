/* The calls of libc that change something, or that reading begins with; node reaches the kernel through them. */
#define _GNU_SOURCE
#include "shim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs `real` as a point of the matrix, where `ours` says that it is one. */
#define AS_POINT(ours, real, failed, data)          \
  do {                                              \
    struct point point;                             \
    if (!(ours)) return real;                       \
    if (point_before(&point)) return failed;        \
    record_begin();                                 \
    __typeof__(real) result = real;                 \
    point_after(&point, (long)result, data);        \
    record_end();                                   \
    return result;                                  \
  } while (0)

#define AT AT_FDCWD

static const char *open_call(int flags) {
  return (flags & (O_CREAT | O_TRUNC)) || (flags & O_ACCMODE) != O_RDONLY ? "open" : "open-read";
}

static mode_t mode_of(int flags, va_list list) { return flags & (O_CREAT | __O_TMPFILE) ? va_arg(list, mode_t) : 0; }

#define OPEN(name)                                                                     \
  int name(const char *path, int flags, ...) {                                         \
    va_list list;                                                                      \
    va_start(list, flags);                                                             \
    mode_t mode = mode_of(flags, list);                                                \
    va_end(list);                                                                      \
    AS_POINT(point_at(&point, open_call(flags), AT, path), REAL(name)(path, flags, mode), -1, &flags); \
  }
OPEN(open)
OPEN(open64)

int openat(int directory, const char *path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  mode_t mode = mode_of(flags, list);
  va_end(list);
  AS_POINT(point_at(&point, open_call(flags), directory, path), REAL(openat)(directory, path, flags, mode), -1, &flags);
}

#define ONE_PATH(name, call, extra, ...)                                                     \
  int name(const char *path extra) { AS_POINT(point_at(&point, call, AT, path), REAL(name)(path __VA_ARGS__), -1, NULL); }
#define WITH(...) , __VA_ARGS__
ONE_PATH(unlink, "unlink", )
ONE_PATH(rmdir, "rmdir", )
ONE_PATH(mkdir, "mkdir", WITH(mode_t mode), WITH(mode))
ONE_PATH(chmod, "chmod", WITH(mode_t mode), WITH(mode))
ONE_PATH(chown, "chown", WITH(uid_t user, gid_t group), WITH(user, group))
ONE_PATH(lchown, "chown", WITH(uid_t user, gid_t group), WITH(user, group))
ONE_PATH(truncate, "truncate", WITH(off_t size), WITH(size))

int unlinkat(int directory, const char *path, int flags) {
  const char *call = flags & AT_REMOVEDIR ? "rmdir" : "unlink";
  AS_POINT(point_at(&point, call, directory, path), REAL(unlinkat)(directory, path, flags), -1, NULL);
}

int utimensat(int directory, const char *path, const struct timespec times[2], int flags) {
  AS_POINT(point_at(&point, "utimensat", directory, path), REAL(utimensat)(directory, path, times, flags), -1, NULL);
}

#define TWO_PATHS(name) \
  int name(const char *from, const char *to) { AS_POINT(point_between(&point, #name, from, AT, to), REAL(name)(from, to), -1, NULL); }
TWO_PATHS(rename)
TWO_PATHS(link)
TWO_PATHS(symlink)

#define ON_FD(type, name, call, data, extra, ...)                                            \
  type name(int fd extra) { AS_POINT(point_on(&point, call, fd), REAL(name)(fd __VA_ARGS__), -1, data); }
ON_FD(int, fsync, "fsync", NULL, )
ON_FD(int, fdatasync, "fdatasync", NULL, )
ON_FD(int, ftruncate64, "ftruncate", &size, WITH(off64_t size), WITH(size))
ON_FD(int, fchmod, "fchmod", NULL, WITH(mode_t mode), WITH(mode))
ON_FD(int, fchown, "fchown", NULL, WITH(uid_t user, gid_t group), WITH(user, group))
ON_FD(int, futimens, "futimens", NULL, WITH(const struct timespec times[2]), WITH(times))
ON_FD(ssize_t, read, "read", NULL, WITH(void *bytes, size_t size), WITH(bytes, size))
ON_FD(ssize_t, pread64, "read", NULL, WITH(void *bytes, size_t size, off64_t offset), WITH(bytes, size, offset))

/* Where a write without an offset goes: the end of the file for appenders, else the descriptor's place. */
static long place_of(int fd) {
  struct stat status;
  if (fcntl(fd, F_GETFL) & O_APPEND) return fstat(fd, &status) == 0 ? (long)status.st_size : -1;
  return (long)lseek(fd, 0, SEEK_CUR);
}

static int writes_on(struct point *point, int fd, long offset) {
  if (!point_on(point, "write", fd)) return 0;
  point->offset = offset < 0 ? place_of(fd) : offset;
  return 1;
}

ssize_t write(int fd, const void *bytes, size_t size) {
  AS_POINT(writes_on(&point, fd, -1), REAL(write)(fd, bytes, size), -1, bytes);
}
ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset) {
  AS_POINT(writes_on(&point, fd, offset), REAL(pwrite64)(fd, bytes, size, offset), -1, bytes);
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
  AS_POINT(writes_on(&point, fd, -1), REAL(writev)(fd, parts, count), -1, count == 1 ? parts[0].iov_base : NULL);
}
ssize_t sendfile64(int to, int from, off64_t *offset, size_t size) {
  AS_POINT(point_on(&point, "sendfile", to), REAL(sendfile64)(to, from, offset, size), -1, NULL);
}

DIR *opendir(const char *path) { AS_POINT(point_at(&point, "scandir", AT, path), REAL(opendir)(path), NULL, NULL); }

int scandir64(const char *path, struct dirent64 ***names, int (*filter)(const struct dirent64 *),
              int (*compare)(const struct dirent64 **, const struct dirent64 **)) {
  AS_POINT(point_at(&point, "scandir", AT, path), REAL(scandir64)(path, names, filter, compare), -1, NULL);
}

pid_t fork(void) { AS_POINT(point_bare(&point, "fork", ""), REAL(fork)(), -1, NULL); }

int kill(pid_t pid, int signal) {
  char name[16];
  snprintf(name, sizeof name, "%d", signal);
  AS_POINT(signal != 0 && point_bare(&point, "kill", name), REAL(kill)(pid, signal), -1, NULL);
}

int pipe2(int ends[2], int flags) { AS_POINT(point_bare(&point, "pipe", ""), REAL(pipe2)(ends, flags), -1, NULL); }

int execvp(const char *program, char *const words[]) {
  record_exec(words);
  return REAL(execvp)(program, words);
}

pid_t waitpid(pid_t pid, int *status, int options) {
  pid_t ended = REAL(waitpid)(pid, status, options);
  if (ended > 0 && status != NULL && (WIFEXITED(*status) || WIFSIGNALED(*status))) record_end_of(ended, *status);
  return ended;
}
