"""
An allow-list of system calls, assembled here into classic BPF: no system library is needed.

Sources: seccomp(2), the kernel's Documentation/userspace-api/seccomp_filter.rst, and its system
call tables (x86_64: arch/x86/entry/syscalls/syscall_64.tbl; aarch64: asm-generic/unistd.h).
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterable, Mapping

Instruction = tuple[int, int, int, int]

# name: (x86_64, aarch64); None where the architecture has no such call.
ALLOWED: Mapping[str, tuple[int | None, int | None]] = {
    "read": (0, 63),
    "write": (1, 64),
    "open": (2, None),
    "openat": (257, 56),
    "close": (3, 57),
    "close_range": (436, 436),
    "stat": (4, None),
    "fstat": (5, 80),
    "lstat": (6, None),
    "newfstatat": (262, 79),
    "statx": (332, 291),
    "statfs": (137, 43),
    "fstatfs": (138, 44),
    "access": (21, None),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "getdents64": (217, 61),
    "getcwd": (79, 17),
    "lseek": (8, 62),
    "pread64": (17, 67),
    "pwrite64": (18, 68),
    "readv": (19, 65),
    "writev": (20, 66),
    "dup": (32, 23),
    "dup2": (33, None),
    "dup3": (292, 24),
    "pipe": (22, None),
    "pipe2": (293, 59),
    "poll": (7, None),
    "ppoll": (271, 73),
    "select": (23, None),
    "pselect6": (270, 72),
    "recvfrom": (45, 207),
    "recvmsg": (47, 212),
    "sendto": (44, 206),
    "sendmsg": (46, 211),
    "mmap": (9, 222),
    "munmap": (11, 215),
    "mprotect": (10, 226),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "rt_sigpending": (127, 136),
    "rt_sigtimedwait": (128, 137),
    "sigaltstack": (131, 132),
    "restart_syscall": (219, 128),
    "alarm": (37, None),
    "pause": (34, None),
    "getitimer": (36, 102),
    "setitimer": (38, 103),
    "nanosleep": (35, 101),
    "clock_nanosleep": (230, 115),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "gettimeofday": (96, 169),
    "time": (201, None),
    "times": (100, 153),
    "getrusage": (98, 165),
    "getrlimit": (97, 163),
    "sysinfo": (99, 179),
    "uname": (63, 160),
    "getrandom": (318, 278),
    "getcpu": (309, 168),
    "futex": (202, 98),
    "set_robust_list": (273, 99),
    "get_robust_list": (274, 100),
    "set_tid_address": (218, 96),
    "rseq": (334, 293),
    "membarrier": (324, 283),
    "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123),
    "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120),
    "sched_get_priority_max": (146, 125),
    "sched_get_priority_min": (147, 126),
    "getpriority": (140, 141),
    "getpid": (39, 172),
    "getppid": (110, 173),
    "gettid": (186, 178),
    "getpgrp": (111, None),
    "getpgid": (121, 155),
    "getsid": (124, 156),
    "getuid": (102, 174),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getegid": (108, 177),
    "getresuid": (118, 148),
    "getresgid": (120, 150),
    "getgroups": (115, 158),
    "umask": (95, 166),
    "exit": (60, 93),
    "exit_group": (231, 94),
}
# name: (x86_64, aarch64, argument, values it may have).  fcntl: no F_SETOWN, leases or notices.
# ioctl: terminal query, non-blocking, close-on-exec, bytes to read.  prctl: names only.
CHECKED: Mapping[str, tuple[int, int, int, tuple[int, ...]]] = {
    "fcntl": (72, 25, 1, (0, 1, 2, 3, 4, 1030)),
    "ioctl": (16, 29, 1, (0x5401, 0x5421, 0x5450, 0x5451, 0x541B)),
    "prctl": (157, 167, 0, (3, 15, 16, 0x53564D41)),
    "prlimit64": (302, 261, 0, (0,)),
}
CLONE = (56, 220)
CLONE3 = (435, 435)
TGKILL = (234, 131)

_MACHINES = {"x86_64": 0, "aarch64": 1}
_AUDIT_ARCH = (0xC000003E, 0xC00000B7)
_X32_BIT = 0x40000000
# A new thread shares memory, signal handlers and the thread group; a process does not.
_THREAD_FLAGS = 0x00000100 | 0x00000800 | 0x00010000
_NEW_NAMESPACES = 0x7E020000 | 0x00000080

_LOAD, _AND, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_ALLOW, _KILL, _ERRNO, _NOTIFY = 0x7FFF0000, 0x80000000, 0x00050000, 0x7FC00000
_NUMBER_AT, _ARCH_AT, _ARGUMENTS_AT = 0, 4, 16
_SET_MODE_FILTER, _FLAG_TSYNC, _FLAG_NEW_LISTENER, _FLAG_TSYNC_ESRCH = 1, 1, 8, 16
_SECCOMP = (317, 277)


def assemble(machine: int, process_id: int, *, counted: bool = False) -> list[Instruction]:
    """
    Return the filter for one architecture (an index into the tables) and one process.

    With *counted* each new thread is the listener's to allow.
    """
    program: list[Instruction] = [
        (_LOAD, 0, 0, _ARCH_AT),
        (_JUMP_EQUAL, 1, 0, _AUDIT_ARCH[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_JUMP_AT_LEAST, 0, 1, _X32_BIT),
        (_RETURN, 0, 0, _KILL),
    ]
    for numbers in ALLOWED.values():
        number = numbers[machine]
        if number is not None:
            program += [(_JUMP_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ALLOW)]
    for *numbers_, argument, values in CHECKED.values():
        program += _case(int(numbers_[machine]), _argument_is_one_of(argument, values))
    program += _case(TGKILL[machine], _argument_is_one_of(0, [process_id]))
    program += _case(CLONE[machine], _is_thread(_NOTIFY if counted else _ALLOW))
    # Its flags lie in memory, out of reach: "not there" makes the C library use clone.
    program += _case(CLONE3[machine], [(_RETURN, 0, 0, _ERRNO | errno.ENOSYS)])
    return [*program, (_RETURN, 0, 0, _ERRNO | errno.EPERM)]


def install(*, counted: bool = False) -> int | None:
    """
    Filter all of this process's system calls from here on; raise ``OSError`` on failure.

    With *counted* the descriptor returned hears of every new thread, and has to allow it.
    """
    machine = _MACHINES[platform.machine()]
    program = assemble(machine, os.getpid(), counted=counted)
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in program)
    held = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("@HP", len(program), ctypes.addressof(held))
    flags = _FLAG_TSYNC | (_FLAG_NEW_LISTENER | _FLAG_TSYNC_ESRCH if counted else 0)
    libc = ctypes.CDLL(None, use_errno=True)
    result = int(libc.syscall(_SECCOMP[machine], _SET_MODE_FILTER, flags, header))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp: {os.strerror(number)}")
    return result if counted else None


def _case(number: int, block: list[Instruction]) -> list[Instruction]:
    return [(_JUMP_EQUAL, 0, len(block), number), *block]


def _argument_is_one_of(argument: int, values: Iterable[int]) -> list[Instruction]:
    block: list[Instruction] = [(_LOAD, 0, 0, _ARGUMENTS_AT + 8 * argument)]
    for value in values:
        block += [(_JUMP_EQUAL, 0, 1, value), (_RETURN, 0, 0, _ALLOW)]
    return [*block, (_RETURN, 0, 0, _ERRNO | errno.EPERM)]


def _is_thread(then: int) -> list[Instruction]:
    return [
        (_LOAD, 0, 0, _ARGUMENTS_AT),
        (_AND, 0, 0, _THREAD_FLAGS | _NEW_NAMESPACES),
        (_JUMP_EQUAL, 0, 1, _THREAD_FLAGS),
        (_RETURN, 0, 0, then),
        (_RETURN, 0, 0, _ERRNO | errno.EPERM),
    ]
