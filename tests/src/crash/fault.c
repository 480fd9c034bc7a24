/* Loaded before libc into the process under test: from the n-th call on, writes find no room (TRUCE_FAULT=full) or
   syncs fail (TRUCE_FAULT=fsync). Only files whose path lies under TRUCE_FAULT_UNDER are touched. With
   TRUCE_FAULT=readonly nothing there can be opened to write, whatever the number of the call. With
   TRUCE_FAULT_SWITCH, calls are not counted: they fail for as long as the file of that name exists. With
   TRUCE_CLOCK_SHIFT, the time of day is ahead by the seconds that the file of that name holds; the steady clocks are as
   they are. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static atomic_long calls;

static int strikes(int fd, const char *kind) {
    const char *fault = getenv("TRUCE_FAULT"), *after = getenv("TRUCE_FAULT_AFTER"), *under = getenv("TRUCE_FAULT_UNDER"),
               *on = getenv("TRUCE_FAULT_SWITCH");
    char link[64], path[4096];
    ssize_t length;
    if (!fault || !(after || on) || !under || strcmp(fault, kind) != 0) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    if (strncmp(path, under, strlen(under)) != 0) return 0;
    if (on) return access(on, F_OK) == 0;
    return atomic_fetch_add(&calls, 1) + 1 >= atol(after);
}


ssize_t write(int fd, const void *bytes, size_t n) {
    typedef ssize_t (*f)(int, const void *, size_t);
    f next = (f)dlsym(RTLD_NEXT, "write");
    if (strikes(fd, "full")) { errno = ENOSPC; return -1; }
    return next(fd, bytes, n);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at) {
    typedef ssize_t (*f)(int, const void *, size_t, off_t);
    f next = (f)dlsym(RTLD_NEXT, "pwrite");
    if (strikes(fd, "full")) { errno = ENOSPC; return -1; }
    return next(fd, bytes, n, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at) {
    typedef ssize_t (*f)(int, const void *, size_t, off64_t);
    f next = (f)dlsym(RTLD_NEXT, "pwrite64");
    if (strikes(fd, "full")) { errno = ENOSPC; return -1; }
    return next(fd, bytes, n, at);
}

int fsync(int fd) {
    typedef int (*f)(int);
    f next = (f)dlsym(RTLD_NEXT, "fsync");
    if (strikes(fd, "fsync")) { errno = EIO; return -1; }
    return next(fd);
}

int fdatasync(int fd) {
    typedef int (*f)(int);
    f next = (f)dlsym(RTLD_NEXT, "fdatasync");
    if (strikes(fd, "fsync")) { errno = EIO; return -1; }
    return next(fd);
}

static int is_read_only(const char *path, int flags) {
    const char *fault = getenv("TRUCE_FAULT"), *under = getenv("TRUCE_FAULT_UNDER");
    if (!fault || !under || strcmp(fault, "readonly") != 0) return 0;
    return strncmp(path, under, strlen(under)) == 0 && (flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0;
}

#define OPEN(name)                                                                 \
    int name(const char *path, int flags, ...) {                                  \
        typedef int (*f)(const char *, int, ...);                                 \
        f next = (f)dlsym(RTLD_NEXT, #name);                                      \
        mode_t mode = 0;                                                          \
        if (flags & (O_CREAT | O_TMPFILE)) {                                      \
            va_list rest;                                                         \
            va_start(rest, flags);                                                \
            mode = va_arg(rest, mode_t);                                          \
            va_end(rest);                                                         \
        }                                                                         \
        if (is_read_only(path, flags)) { errno = EROFS; return -1; }              \
        return next(path, flags, mode);                                           \
    }

OPEN(open)
OPEN(open64)

FILE *fopen(const char *path, const char *mode) {
    typedef FILE *(*f)(const char *, const char *);
    f next = (f)dlsym(RTLD_NEXT, "fopen");
    if (is_read_only(path, mode[0] == 'r' && !strchr(mode, '+') ? O_RDONLY : O_WRONLY)) { errno = EROFS; return NULL; }
    return next(path, mode);
}

static time_t shift(void) {
    const char *name = getenv("TRUCE_CLOCK_SHIFT");
    char text[32];
    ssize_t length;
    int fd;
    if (!name || (fd = open(name, O_RDONLY | O_CLOEXEC)) < 0) return 0;
    length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length <= 0) return 0;
    text[length] = 0;
    return (time_t)atoll(text);
}

int clock_gettime(clockid_t id, struct timespec *at) {
    typedef int (*f)(clockid_t, struct timespec *);
    static f next;
    if (!next) next = (f)dlsym(RTLD_NEXT, "clock_gettime");
    int done = next(id, at), before = errno;
    if (done == 0 && id == CLOCK_REALTIME) at->tv_sec += shift();
    errno = before;
    return done;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    at->tv_sec = now.tv_sec;
    at->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}
