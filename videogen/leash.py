"""Become another program, with limits, that dies with the parent. Run as a script of its own.

A worker that is killed outright cannot clean up: the kernel then ends its ffmpeg. Done here and
not between fork and exec of the worker, where Python code may deadlock on another thread's lock.
"""

import ctypes
import os
import resource
import signal
import sys

NICENESS = 10
"""So that rendering never starves heartbeats and the services beside it."""
CPU_S_MAX = 300
FILE_BYTES_MAX = 64 * 1024 * 1024
PR_SET_PDEATHSIG = 1
ORPHANED = 3


def main(command: list[str]) -> None:
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit(ORPHANED)
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S_MAX, CPU_S_MAX))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES_MAX, FILE_BYTES_MAX))
    os.execv(command[0], command)  # noqa: S606 - to become it is this script's purpose


if __name__ == "__main__":
    main(sys.argv[1:])
