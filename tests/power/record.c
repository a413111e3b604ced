/* Records what a program does to the files below one directory, and what it says on its output, in one order.
 *
 * Loaded by LD_PRELOAD. POWER_ROOT names the directory, POWER_LOG the file to append to. Each event is a header and bytes
 * (tests/tests/scenarios/power/log.rs reads them). One lock is held over each call and its event, so that the order of the
 * log is the order in which things happened. The calls themselves are made by syscall(2): nothing has to be looked up.
 * POWER_FAIL=N lets the sync number N after the program first said something fail with EIO, and not happen.
 * The wal-index ("-shm") is written through memory and means nothing after a power cut; it is recorded as far as it is written.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { BEGIN = 1, OPEN, CLOSE, WRITE, TRUNCATE, SYNC, UNLINK, RENAME, MKDIR, SAID, FAILED };
enum { MADE = 1, EMPTIED = 2, WOULD_MAKE = 4 };

#define FILES 65536

struct header { uint32_t kind; int32_t file; uint64_t at; uint64_t length; };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int out = -1;
static char root[4096];
static char kept[FILES];
static long syncs_left = -1;
static int spoken;

static void emit(uint32_t kind, int file, uint64_t at, const void *bytes, size_t length) {
    /* Several programs may write one log: each event says whose it is. */
    struct header header = { kind | (uint32_t)getpid() << 8, file, at, length };
    struct iovec parts[2] = { { &header, sizeof header }, { (void *)bytes, length } };
    ssize_t whole = (ssize_t)(sizeof header + length);
    int before = errno;
    if (syscall(SYS_writev, out, parts, 2) != whole)
        abort(); /* a log with a hole would prove anything */
    errno = before;
}

__attribute__((constructor)) static void begin(void) {
    const char *log = getenv("POWER_LOG"), *where = getenv("POWER_ROOT");
    if (!log || !where || strlen(where) >= sizeof root)
        return;
    strcpy(root, where);
    const char *fail = getenv("POWER_FAIL");
    syncs_left = fail ? atol(fail) : -1;
    int file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    out = fcntl(file, F_DUPFD_CLOEXEC, 1000);
    if (out < 0)
        abort();
    close(file);
    emit(BEGIN, 0, 0, "", 0);
}

/* The path below the root, in `full`; NULL if it lies elsewhere. The root itself is "". */
static const char *below(const char *path, char full[8192]) {
    if (out < 0)
        return NULL;
    full[0] = 0;
    if (path[0] != '/') {
        if (!getcwd(full, 4096))
            return NULL;
        strcat(full, "/");
    }
    if (strlen(path) >= 4096)
        return NULL;
    strcat(full, path);
    size_t length = strlen(root);
    if (strncmp(full, root, length) != 0 || (full[length] != '/' && full[length] != 0))
        return NULL;
    return full[length] ? full + length + 1 : full + length;
}

static int is_kept(int file) { return out >= 0 && file >= 0 && file < FILES && kept[file]; }

static int open_any(int at, const char *path, int flags, mode_t mode) {
    char full[8192];
    const char *name = at == AT_FDCWD || path[0] == '/' ? below(path, full) : NULL;
    if (!name)
        return (int)syscall(SYS_openat, at, path, flags, mode);
    pthread_mutex_lock(&lock);
    int there = faccessat(AT_FDCWD, path, F_OK, 0) == 0;
    int file = (int)syscall(SYS_openat, at, path, flags, mode);
    if (file >= 0 && file < FILES) {
        int how = (!there && (flags & O_CREAT) ? MADE : 0) | (there && (flags & O_TRUNC) ? EMPTIED : 0)
            | (there && (flags & O_CREAT) ? WOULD_MAKE : 0);
        kept[file] = 1;
        emit(OPEN, file, (uint64_t)how, name, strlen(name));
    }
    pthread_mutex_unlock(&lock);
    return file;
}

#define MODE(flags) ({ mode_t mode = 0; if ((flags) & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); \
    mode = va_arg(rest, mode_t); va_end(rest); } mode; })

int open(const char *path, int flags, ...) { return open_any(AT_FDCWD, path, flags, MODE(flags)); }
int open64(const char *path, int flags, ...) { return open_any(AT_FDCWD, path, flags, MODE(flags)); }
int openat(int at, const char *path, int flags, ...) { return open_any(at, path, flags, MODE(flags)); }
int openat64(int at, const char *path, int flags, ...) { return open_any(at, path, flags, MODE(flags)); }

int close(int file) {
    if (!is_kept(file))
        return (int)syscall(SYS_close, file);
    pthread_mutex_lock(&lock);
    kept[file] = 0;
    emit(CLOSE, file, 0, "", 0);
    int done = (int)syscall(SYS_close, file);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwrite64(int file, const void *bytes, size_t length, off_t at) {
    if (!is_kept(file))
        return syscall(SYS_pwrite64, file, bytes, length, at);
    pthread_mutex_lock(&lock);
    ssize_t done = syscall(SYS_pwrite64, file, bytes, length, at);
    if (done > 0)
        emit(WRITE, file, (uint64_t)at, bytes, (size_t)done);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t pwrite(int file, const void *bytes, size_t length, off_t at) { return pwrite64(file, bytes, length, at); }

ssize_t write(int file, const void *bytes, size_t length) {
    if (!is_kept(file) && (out < 0 || file != STDOUT_FILENO))
        return syscall(SYS_write, file, bytes, length);
    pthread_mutex_lock(&lock);
    ssize_t done = syscall(SYS_write, file, bytes, length);
    if (done > 0 && file == STDOUT_FILENO) {
        spoken = 1;
        emit(SAID, file, 0, bytes, (size_t)done);
    }
    else if (done > 0)
        emit(WRITE, file, (uint64_t)(lseek(file, 0, SEEK_CUR) - done), bytes, (size_t)done);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    if (!is_kept(file) && (out < 0 || file != STDOUT_FILENO))
        return syscall(SYS_writev, file, parts, count);
    for (int at = 0; at < count; at++)
        if (parts[at].iov_len > 0)
            return write(file, parts[at].iov_base, parts[at].iov_len); /* a short write, as is allowed */
    return 0;
}

int ftruncate64(int file, off_t length) {
    pthread_mutex_lock(&lock);
    int done = (int)syscall(SYS_ftruncate, file, length);
    if (done == 0 && is_kept(file))
        emit(TRUNCATE, file, (uint64_t)length, "", 0);
    pthread_mutex_unlock(&lock);
    return done;
}

int ftruncate(int file, off_t length) { return ftruncate64(file, length); }

static int sync_any(long call, int file) {
    if (!is_kept(file))
        return (int)syscall(call, file);
    pthread_mutex_lock(&lock);
    if (spoken && syncs_left > 0 && --syncs_left == 0) {
        emit(FAILED, file, 0, "", 0);
        pthread_mutex_unlock(&lock);
        errno = EIO;
        return -1;
    }
    int done = (int)syscall(call, file);
    if (done == 0)
        emit(SYNC, file, 0, "", 0);
    pthread_mutex_unlock(&lock);
    return done;
}

int fsync(int file) { return sync_any(SYS_fsync, file); }
int fdatasync(int file) { return sync_any(SYS_fdatasync, file); }

/* A change of a directory by path; `other` is the second path of a rename. */
static int change(uint32_t kind, long call, const char *path, const char *other, mode_t mode) {
    char full[8192], full_other[8192], both[16384];
    pthread_mutex_lock(&lock);
    int done;
    if (kind == RENAME)
        done = (int)syscall(call, path, other);
    else if (kind == MKDIR)
        done = (int)syscall(call, path, mode);
    else
        done = (int)syscall(call, path);
    const char *name = below(path, full);
    if (done == 0 && name && kind == RENAME) {
        const char *to = below(other, full_other);
        size_t length = strlen(name) + 1;
        memcpy(both, name, length);
        strcpy(both + length, to ? to : "");
        emit(kind, -1, 0, both, length + strlen(both + length));
    } else if (done == 0 && name) {
        emit(kind, -1, 0, name, strlen(name));
    }
    pthread_mutex_unlock(&lock);
    return done;
}

int unlink(const char *path) { return change(UNLINK, SYS_unlink, path, NULL, 0); }
int rename(const char *path, const char *to) { return change(RENAME, SYS_rename, path, to, 0); }
int mkdir(const char *path, mode_t mode) { return change(MKDIR, SYS_mkdir, path, NULL, mode); }
