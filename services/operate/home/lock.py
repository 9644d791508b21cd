"""One federation a home: a lock that the system itself lets go when its holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts.errors import UsageError
from services.operate.home.folder import HomeFolder
from services.operate.home.keys import private_folder
from services.platform.process.os_errors import why


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Hold a home's lock while the block lasts; the file names the holder's process id.

    Raises:
        UsageError: `already_running`, `home_unusable`.
    """
    try:
        private_folder(home)
        file = (home / "up.lock").open("a+")
    except OSError as error:
        expected = "a folder that can be written"
        raise UsageError("home_unusable", why(error), expected, str(home)) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            at = [*HomeFolder(home).addresses.values()]  # a sandbox has one
            where = f" at {at[0]}" if len(at) == 1 else ""
            got = f"process {file.read().strip() or '?'}{where}"
            expected = "one federation a home; `--home` names another"
            raise UsageError("already_running", got, expected, str(home)) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
        file.truncate(0)
