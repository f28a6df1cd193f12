#define _GNU_SOURCE
#include "shim.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

char shim_root[PATH_MAX];

int path_of(int fd, char *path, size_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, size - 1);
  if (length <= 0) return 0;
  path[length] = '\0';
  return path[0] == '/';
}

/* `/proc/self/fd/N/rest` names what lies below an open directory. */
static int through_descriptor(const char *path, char *to, size_t size) {
  int fd, used = 0;
  if (sscanf(path, "/proc/self/fd/%d%n", &fd, &used) != 1) return 0;
  if (!path_of(fd, to, size)) return 0;
  size_t length = strlen(to);
  snprintf(to + length, size - length, "%s", path + used);
  return 1;
}

int absolute_path(int directory, const char *path, char *to, size_t size) {
  if (path == NULL) return 0;
  if (path[0] == '/') return through_descriptor(path, to, size) || (size_t)snprintf(to, size, "%s", path) < size;
  if (directory != AT_FDCWD) {
    if (!path_of(directory, to, size)) return 0;
  } else if (getcwd(to, size) == NULL) return 0;
  size_t length = strlen(to);
  return (size_t)snprintf(to + length, size - length, "/%s", path) < size - length;
}

const char *below_root(const char *path) {
  size_t length = strlen(shim_root);
  if (length == 0 || strncmp(path, shim_root, length) != 0) return NULL;
  if (path[length] == '\0') return ".";
  return path[length] == '/' ? path + length + 1 : NULL;
}

static int is_word(char byte) { return isalnum((unsigned char)byte); }

/* Ids hold a digit, or are eight and more hexadecimal digits. */
static int is_id(const char *word, size_t length) {
  size_t hexadecimal = 0;
  for (size_t at = 0; at < length; at += 1) {
    if (isdigit((unsigned char)word[at])) return 1;
    if (isxdigit((unsigned char)word[at])) hexadecimal += 1;
  }
  return length >= 8 && hexadecimal == length;
}

static size_t word_length(const char *text) {
  size_t length = 0;
  while (is_word(text[length])) length += 1;
  return length;
}

/* Below these a tree is copied or removed as a whole: which file comes first is chance. */
static size_t end_of_tree(const char *path) {
  static const char *const trees[] = {"/revisions/#", ".git", "/recipe", "/backup", NULL};
  for (size_t at = 0; trees[at] != NULL; at += 1) {
    const char *found = strstr(path, trees[at]);
    const char *slash = found == NULL ? NULL : strchr(found + strlen(trees[at]), '/');
    if (slash != NULL) return (size_t)(slash + 1 - path);
  }
  return 0;
}

void normalise(const char *path, char *to, size_t size) {
  size_t used = 0;
  while (*path != '\0' && used + 2 < size) {
    size_t length = word_length(path);
    if (length == 0) {
      /* `#-#-#` and `#.#` are one id, however its parts are put together. */
      int joins = (*path == '-' || *path == '.' || *path == '+') && used > 0 && to[used - 1] == '#';
      size_t next = word_length(path + 1);
      if (!joins || !is_id(path + 1, next)) to[used++] = *path < ' ' ? '?' : *path;
      path += 1;
    } else if (is_id(path, length)) {
      if (used == 0 || to[used - 1] != '#') to[used++] = '#';
      path += length;
    } else {
      for (size_t at = 0; at < length && used + 1 < size; at += 1) to[used++] = path[at];
      path += length;
    }
  }
  to[used] = '\0';
  size_t tree = end_of_tree(to);
  if (tree > 0 && tree + 1 < size) memcpy(to + tree, "*", 2);
}
