/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of system calls and the errors that their manual pages list.
 *
 * EFAULT is left out: only a program with a bug gets it. ERANGE of getcwd(2)
 * is left out too: the C library never passes it on.
 */
#include "calls.h"
#include "common/count.h"

#include <errno.h>
#include <sys/syscall.h>

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

#define PATH_ERRORS EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOMEM, ENOTDIR

#define CALL(NAME) .number = SYS_##NAME, .name = #NAME

static const struct call calls[] = {
	{ CALL(openat), .path = 1,
	  .errors = { PATH_ERRORS, EBADF,  EBUSY,  EDQUOT,  EEXIST,
		      EFBIG,	   EINTR,  EINVAL, EISDIR,  EMFILE,
		      ENFILE,	   ENODEV, ENOSPC, ENXIO,   EOPNOTSUPP,
		      EOVERFLOW,   EPERM,  EROFS,  ETXTBSY, EWOULDBLOCK } },
	{ CALL(read), .path = -1,
	  .errors = { EAGAIN, EBADF, EINTR, EINVAL, EIO, EISDIR } },
	{ CALL(pread64), .path = -1,
	  .errors = { EAGAIN, EBADF, EINTR, EINVAL, EIO, EISDIR, ENXIO,
		      EOVERFLOW, ESPIPE } },
	{ CALL(write), .path = -1,
	  .errors = { EAGAIN, EBADF, EDQUOT, EFBIG, EINTR, EINVAL, EIO, ENOSPC,
		      EPERM, EPIPE } },
	{ CALL(close), .path = -1, .takes_effect = true,
	  .errors = { EBADF, EINTR, EIO, ENOSPC, EDQUOT } },
	{ CALL(fstat), .path = -1, .errors = { EBADF, ENOMEM, EOVERFLOW } },
	{ CALL(newfstatat), .path = 1,
	  .errors = { PATH_ERRORS, EBADF, EINVAL, EOVERFLOW } },
	{ CALL(statx), .path = 1, .errors = { PATH_ERRORS, EBADF, EINVAL } },
	{ CALL(statfs), .path = 0,
	  .errors = { PATH_ERRORS, EINTR, EIO, ENOSYS, EOVERFLOW } },
	{ CALL(fstatfs), .path = -1,
	  .errors = { EBADF, EINTR, EIO, ENOMEM, ENOSYS, EOVERFLOW } },
	{ CALL(lseek), .path = -1,
	  .errors = { EBADF, EINVAL, ENXIO, EOVERFLOW, ESPIPE } },
	{ CALL(readlinkat), .path = 1,
	  .errors = { PATH_ERRORS, EBADF, EINVAL, EIO } },
	{ CALL(faccessat), .path = 1,
	  .errors = { PATH_ERRORS, EBADF, EINVAL, EIO, EPERM, EROFS } },
	{ CALL(getdents64), .path = -1,
	  .errors = { EBADF, EINVAL, ENOENT, ENOTDIR, EIO, ENOMEM } },
	{ CALL(getrandom), .path = -1,
	  .errors = { EAGAIN, EINTR, EINVAL, ENOSYS } },
	{ CALL(getcwd), .path = -1,
	  .errors = { EACCES, EINVAL, ENAMETOOLONG, ENOENT, ENOMEM } },
	{ CALL(fcntl), .path = -1,
	  .errors = { EACCES, EAGAIN, EBADF, EBUSY, EINTR, EINVAL, EMFILE,
		      ENOTDIR, EPERM } },
	{ CALL(ioctl), .path = -1,
	  .errors = { EBADF, EINVAL, ENOTTY, EPERM, ENOMEM } },
	{ CALL(flock), .path = -1,
	  .errors = { EBADF, EINTR, EINVAL, ENOLCK, EWOULDBLOCK } },
	{ CALL(mkdirat), .path = 1,
	  .errors = { PATH_ERRORS, EBADF, EDQUOT, EEXIST, EINVAL, EMLINK,
		      ENOSPC, EPERM, EROFS } },
	{ CALL(unlinkat), .path = 1,
	  .errors = { PATH_ERRORS, EBADF, EBUSY, EINVAL, EIO, EISDIR, EPERM,
		      EROFS } },
	{ CALL(fchmod), .path = -1,
	  .errors = { EBADF, EIO, ENOMEM, EPERM, EROFS } },
	{ CALL(fchmodat), .path = 1,
	  .errors = { PATH_ERRORS, EBADF, EIO, EPERM, EROFS } },
	{ CALL(fchown), .path = -1, .errors = { EBADF, EIO, EPERM, EROFS } },
	{ CALL(fchownat), .path = 1,
	  .errors = { PATH_ERRORS, EBADF, EINVAL, EIO, EPERM, EROFS } },
	{ CALL(renameat2), .path = 3,
	  .errors = { PATH_ERRORS, EBADF, EBUSY, EDQUOT, EEXIST, EINVAL, EISDIR,
		      EMLINK, ENOSPC, ENOTEMPTY, EPERM, EROFS, EXDEV } },
#ifdef SYS_renameat
	{ CALL(renameat), .path = 3,
	  .errors = { PATH_ERRORS, EBADF, EBUSY, EDQUOT, EEXIST, EINVAL, EISDIR,
		      EMLINK, ENOSPC, ENOTEMPTY, EPERM, EROFS, EXDEV } },
#endif
	{ CALL(ftruncate), .path = -1,
	  .errors = { EBADF, EFBIG, EINTR, EINVAL, EIO, EPERM, EROFS } },
	{ CALL(unshare), .path = -1,
	  .errors = { EINVAL, ENOMEM, ENOSPC, EPERM, EUSERS } },
	{ CALL(setns), .path = -1,
	  .errors = { EBADF, EINVAL, ENOMEM, EPERM, ESRCH } },
	{ CALL(mount), .path = 1,
	  .errors = { PATH_ERRORS, EBUSY, EINVAL, EMFILE, ENODEV, ENOSPC,
		      ENOTBLK, ENXIO, EPERM, EROFS } },
	{ CALL(umount2), .path = 0,
	  .errors = { PATH_ERRORS, EAGAIN, EBUSY, EINVAL, EPERM } },
	{ .number = SYS_open_tree,
	  .name = "open_tree",
	  .path = 1,
	  .errors = { PATH_ERRORS, EBADF, EINVAL, EMFILE, ENFILE, ENOSPC,
		      ENOSYS, EPERM } },
	{ .number = SYS_move_mount,
	  .name = "move_mount",
	  .path = 3,
	  .errors = { PATH_ERRORS, EBADF, EBUSY, EINVAL, ENOSPC, ENOSYS,
		      EPERM } },
	{ .number = SYS_mount_setattr,
	  .name = "mount_setattr",
	  .path = 1,
	  .errors = { PATH_ERRORS, EBADF, EBUSY, EINVAL, ENOSPC, ENOSYS,
		      EPERM } },
	{ CALL(chroot), .path = 0, .errors = { PATH_ERRORS, EIO, EPERM } },
	{ CALL(chdir), .path = 0, .errors = { PATH_ERRORS, EIO } },
	{ CALL(fchdir), .path = -1,
	  .errors = { EACCES, EBADF, ENOTDIR, EIO, ENOMEM } },
	{ CALL(socket), .path = -1,
	  .errors = { EACCES, EAFNOSUPPORT, EINVAL, EMFILE, ENFILE, ENOBUFS,
		      ENOMEM, EPROTONOSUPPORT } },
	{ CALL(socketpair), .path = -1,
	  .errors = { EAFNOSUPPORT, EMFILE, ENFILE, ENOMEM, EOPNOTSUPP,
		      EPROTONOSUPPORT } },
	{ CALL(connect), .path = -1,
	  .errors = { EACCES, EPERM, EADDRINUSE, EAFNOSUPPORT, EAGAIN, EALREADY,
		      EBADF, ECONNREFUSED, EINPROGRESS, EINTR, EISCONN,
		      ENETUNREACH, ENOTSOCK, EPROTOTYPE, ETIMEDOUT, ENOENT } },
	{ CALL(shutdown), .path = -1,
	  .errors = { EBADF, EINVAL, ENOTCONN, ENOTSOCK } },
	{ CALL(getsockopt), .path = -1,
	  .errors = { EBADF, EINVAL, ENOPROTOOPT, ENOTSOCK } },
	{ CALL(sendto), .path = -1,
	  .errors = { EACCES, EAGAIN, EBADF, ECONNRESET, EDESTADDRREQ, EINTR,
		      EINVAL, EISCONN, EMSGSIZE, ENOBUFS, ENOMEM, ENOTCONN,
		      ENOTSOCK, EOPNOTSUPP, EPIPE } },
	{ CALL(sendmsg), .path = -1,
	  .errors = { EACCES, EAGAIN, EBADF, ECONNRESET, EINTR, EINVAL,
		      EMSGSIZE, ENOBUFS, ENOMEM, ENOTCONN, ENOTSOCK, EOPNOTSUPP,
		      EPIPE, ETOOMANYREFS } },
	{ CALL(recvfrom), .path = -1,
	  .errors = { EAGAIN, EBADF, ECONNREFUSED, EINTR, EINVAL, ENOMEM,
		      ENOTCONN, ENOTSOCK, ENOBUFS } },
	{ CALL(recvmsg), .path = -1,
	  .errors = { EAGAIN, EBADF, ECONNREFUSED, EINTR, EINVAL, ENOMEM,
		      ENOTCONN, ENOTSOCK } },
	{ CALL(clone), .path = -1,
	  .errors = { EAGAIN, EINVAL, ENOMEM, ENOSPC, ENOSYS, EPERM, EUSERS } },
	{ .number = SYS_clone3,
	  .name = "clone3",
	  .path = -1,
	  .errors = { EACCES, EAGAIN, EBUSY, EEXIST, EINVAL, ENOMEM, ENOSPC,
		      ENOSYS, EOPNOTSUPP, EPERM, EUSERS } },
	{ CALL(setsid), .path = -1, .errors = { EPERM } },
	{ CALL(setgroups), .path = -1, .errors = { EINVAL, ENOMEM, EPERM } },
	{ CALL(setresuid), .path = -1, .errors = { EAGAIN, EINVAL, EPERM } },
	{ CALL(setresgid), .path = -1, .errors = { EAGAIN, EINVAL, EPERM } },
	{ CALL(sched_setscheduler), .path = -1,
	  .errors = { EINVAL, EPERM, ESRCH } },
	{ CALL(sched_setattr), .path = -1,
	  .errors = { E2BIG, EBUSY, EINVAL, EPERM, ESRCH } },
	{ CALL(sched_setaffinity), .path = -1,
	  .errors = { EINVAL, EPERM, ESRCH } },
	{ CALL(setpriority), .path = -1,
	  .errors = { EACCES, EINVAL, EPERM, ESRCH } },
	{ CALL(ioprio_set), .path = -1, .errors = { EINVAL, EPERM, ESRCH } },
	{ CALL(prlimit64), .path = -1, .errors = { EINVAL, EPERM, ESRCH } },
	{ CALL(wait4), .path = -1, .takes_effect = true,
	  .errors = { ECHILD, EINTR } },
	{ CALL(prctl), .path = -1, .errors = { EACCES, EINVAL, EPERM } },
	{ CALL(mmap), .path = -1,
	  .errors = { EACCES, EAGAIN, EBADF, EINVAL, ENFILE, ENODEV, ENOMEM,
		      EOVERFLOW, EPERM } },
	{ CALL(mprotect), .path = -1, .errors = { EACCES, EINVAL, ENOMEM } },
	{ CALL(munmap), .path = -1, .errors = { EINVAL, ENOMEM } },
	{ CALL(mremap), .path = -1, .errors = { EAGAIN, EINVAL, ENOMEM } },
	{ CALL(brk), .path = -1, .errors = { ENOMEM } },
	{ CALL(ppoll), .path = -1, .errors = { EINTR, EINVAL, ENOMEM } },
	{ CALL(clock_nanosleep), .path = -1, .errors = { EINTR, EINVAL } },
	{ CALL(capset), .path = -1, .errors = { EINVAL, EPERM } },
	{ CALL(capget), .path = -1, .errors = { EINVAL, EPERM, ESRCH } },
	{ CALL(getpid), .path = -1 },
	{ CALL(getppid), .path = -1 },
	{ CALL(gettid), .path = -1 },
	{ CALL(getuid), .path = -1 },
	{ CALL(geteuid), .path = -1 },
	{ CALL(umask), .path = -1 },
	{ CALL(exit_group), .path = -1 },
	{ CALL(rt_sigprocmask), .path = -1 },
	{ CALL(rt_sigaction), .path = -1 },
	{ CALL(rt_sigreturn), .path = -1 },
	{ CALL(futex), .path = -1 },
#ifdef SYS_open
	{ CALL(open), .path = 0,
	  .errors = { PATH_ERRORS, EBUSY, EDQUOT, EEXIST, EINTR, EISDIR, EMFILE,
		      ENFILE, ENOSPC, ENXIO, EPERM, EROFS } },
	{ CALL(stat), .path = 0, .errors = { PATH_ERRORS, EOVERFLOW } },
	{ CALL(lstat), .path = 0, .errors = { PATH_ERRORS, EOVERFLOW } },
	{ CALL(access), .path = 0, .errors = { PATH_ERRORS, EIO, EROFS } },
	{ CALL(mkdir), .path = 0,
	  .errors = { PATH_ERRORS, EDQUOT, EEXIST, EINVAL, EMLINK, ENOSPC,
		      EPERM, EROFS } },
	{ CALL(rmdir), .path = 0,
	  .errors = { PATH_ERRORS, EBUSY, EINVAL, ENOTEMPTY, EPERM, EROFS } },
	{ CALL(unlink), .path = 0,
	  .errors = { PATH_ERRORS, EBUSY, EIO, EISDIR, EPERM, EROFS } },
	{ CALL(chmod), .path = 0,
	  .errors = { PATH_ERRORS, EIO, EPERM, EROFS } },
	{ CALL(readlink), .path = 0, .errors = { PATH_ERRORS, EINVAL, EIO } },
	{ CALL(poll), .path = -1, .errors = { EINTR, EINVAL, ENOMEM } },
#endif
};

static const struct call unknown = {
	.number = -1,
	.name = "unknown call",
	.path = -1,
	.errors = { EPERM, ENOMEM, EIO },
};

const struct call *call_find(long number)
{
	for (size_t i = 0; i < COUNT(calls); i++)
		if (calls[i].number == number)
			return &calls[i];
	return &unknown;
}

size_t call_error_count(const struct call *call)
{
	size_t count = 0;

	while (count < ERRORS_MAX && call->errors[count])
		count++;
	return count;
}
