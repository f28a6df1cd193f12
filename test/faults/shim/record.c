#define _GNU_SOURCE
#include "shim.h"
void record_open(const char *file) { (void)file; }
void record_call(const struct point *point, long result, const void *data) { (void)point; (void)result; (void)data; }
void record_tree(const char *why) { (void)why; }
