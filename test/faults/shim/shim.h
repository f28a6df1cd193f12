/* Counts the system calls of one process that touch a directory, and kills the process or fails one of them. */
#ifndef CC_CI_FAULT_SHIM_H
#define CC_CI_FAULT_SHIM_H

#include <dlfcn.h>
#include <stddef.h>

#define SITE_LENGTH 8192

/* One call under way. `site` is the call and its paths, normalised: what two runs of one scenario have in common. */
struct point {
  const char *call;
  char site[SITE_LENGTH];
  char first[SITE_LENGTH / 2];
  char second[SITE_LENGTH / 2];
  int fd;
  long offset;
};

/* The next definition of a symbol: that of libc. */
#define REAL(name) ((__typeof__(&name))shim_next(#name))
void *shim_next(const char *name);

/* 0 where the call is none of ours: another process, a path outside, or nothing is to be counted. */
int point_at(struct point *point, const char *call, int directory, const char *path);
int point_between(struct point *point, const char *call, const char *from, int directory, const char *to);
int point_on(struct point *point, const char *call, int fd);
int point_bare(struct point *point, const char *call, const char *what);

/* Counts the call; dies here where it is to. Non-zero: the call is to fail with the errno that is set. */
int point_before(struct point *point);
/* Records a call that was made; dies here where it is to. Keeps errno. */
void point_after(struct point *point, long result, const void *data);

/* Writes the path of a descriptor; 0 where it has none. */
int path_of(int fd, char *path, size_t size);
/* Makes a path absolute, through a directory's descriptor and /proc/self/fd; 0 where it cannot. */
int absolute_path(int directory, const char *path, char *to, size_t size);
/* The path below the root, or NULL outside of it. */
const char *below_root(const char *path);
/* Replaces what differs from run to run (ids, numbers) by `#`. */
void normalise(const char *path, char *to, size_t size);

/* The recording of writes; does nothing where none was asked for. */
void record_open(const char *file);
void record_begin(void);
void record_end(void);
void record_call(const struct point *point, long result, const void *data);
/* A child is about to become a program; called in the child. */
void record_exec(char *const words[]);
/* A child has ended: the whole tree as it is now. */
void record_end_of(int pid, int status);

extern char shim_root[];

#endif
