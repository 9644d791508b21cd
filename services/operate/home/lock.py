"""One federation or sandbox a home: a lock that the system lets go when its holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from contracts.errors import UsageError
from services.operate.home.folder import HomeFolder
from services.operate.home.keys import private_folder
from services.platform.keys.owners import FILE as OWNERS_FILE
from services.platform.process.os_errors import why

MARK: Final = "sandbox"  # a file that only homes of sandboxes have


@contextmanager
def alone(home: Path, *, sandbox: bool = False) -> Iterator[None]:
    """Hold a home's lock while the block lasts; the file names the holder's process id.

    Raises:
        UsageError: `home_of_federation`, `home_of_sandbox`, `already_running`, `home_unusable`.
    """
    _check_kind(home, sandbox=sandbox)
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
            kind = "sandbox" if sandbox else "federation"
            expected = f"one {kind} a home: end that process, or name another by `--home`"
            raise UsageError("already_running", got, expected, str(home)) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
        file.truncate(0)


def _check_kind(home: Path, *, sandbox: bool) -> None:
    """Leave the other kind's home alone: its clock would go, and its directory be signed anew."""
    is_sandbox = (home / MARK).exists()
    if is_sandbox == sandbox or not (is_sandbox or (home / OWNERS_FILE).exists()):
        return
    kind = "sandbox" if is_sandbox else "federation"
    expected = "a folder of its own; --home names it"
    raise UsageError(f"home_of_{kind}", f"a {kind}'s home", expected, str(home))
