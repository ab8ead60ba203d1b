"""Becomes the command it is given, after asking Linux to kill it when its parent dies.

Run as a script: ``python leash.py PARENT_PID COMMAND ARGUMENT...``. Elsewhere than on Linux nothing is asked.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
"""From linux/prctl.h. NB: "the parent" is the *thread* that started this process."""


def hold(parent: int) -> None:
    """Die with the parent, also when it is already gone."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the parent is gone")


if __name__ == "__main__":
    hold(int(sys.argv[1]))
    os.execv(sys.argv[2], sys.argv[2:])
