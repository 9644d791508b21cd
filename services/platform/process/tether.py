"""Become a program that ends with its starter: `tether.py STARTER_PID SIGNAL COMMAND`.

Linux sends us the signal when the thread that started us ends, even if its process is killed by
SIGKILL, and keeps doing so across `exec`. Elsewhere this is a plain `exec`. Run as a script, with
nothing of ours imported, because it stands before every start of a program.
"""

from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False  # `typing` would take a third of the time of a start
if TYPE_CHECKING:
    from collections.abc import Iterable

PR_SET_PDEATHSIG = 1  # prctl(2)


def tethered(command: Iterable[str | os.PathLike[str]], number: int = signal.SIGKILL) -> list[str]:
    """The command that starts another one and ends it with this process.

    Start it from a thread that lasts as long as the process: Linux takes the thread's end for ours.

    Args:
        number: the signal that ends it.
    """
    words = [os.fspath(word) for word in command]
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), str(int(number)), *words]


def end_with(starter: int, number: int) -> None:
    """Have this process signalled when its starter ends; at once if it has ended already."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != starter:  # it ended before the line above
            os._exit(0)


def main() -> None:
    """Tie ourselves to the starter, then replace ourselves by the command."""
    starter, number, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    end_with(starter, number)
    os.execvp(command[0], command)  # noqa: S606 (no shell is wanted)


if __name__ == "__main__":
    main()
