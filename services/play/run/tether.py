"""Become another program that ends when its starter ends: `tether.py STARTER_PID COMMAND ...`.

Linux sends SIGTERM to us when the process that started us dies, even by SIGKILL, and keeps doing so
across `exec`. Elsewhere this is a plain `exec`. Run as a script, with nothing of ours imported,
because it stands before every start of a service.
"""

import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)


def main() -> None:
    """Tie ourselves to the starter, then replace ourselves by the command."""
    starter, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != starter:  # it died before the line above
            sys.exit(0)
    os.execvp(command[0], command)  # noqa: S606 (no shell is wanted)


if __name__ == "__main__":
    main()
