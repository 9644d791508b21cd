"""Values of control that were verified, each in a file of its own: directories and their pages.

A file's name is the mark of its value, which names the bytes, the keeper's keys and the rules of
verifying (`contracts.log.orders.adopted_directories`): whoever reads the value holds it to its
name, so that it matters to nobody who wrote it, how many processes share the folder, or that a
write was cut off. Before the value stands what is told of it:

    SHA-256 of the rest of the line, in hex, a space, {"size": bytes of the value, "told": …} as
    canonical JSON, a line feed

That is held to its own sum and no more, which shows an accident and not who wrote it: what is told
is believed of whoever may write in this folder, which is the service's own (0700).
All of it is public among the agencies, as control is; no case, no event and no key that opens
anything.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

import orjson
import structlog

from contracts.encoding import canonical, sha256
from services.platform.settings import ServiceSettings

_HEX: Final = 64  # of a digest
_UNFINISHED: Final = "."  # before the names of files that are being written
_LEFT_S: Final = 3600  # after which nobody writes on one any more
_MOST_TOLD: Final = 1 << 26  # bytes of a first line; a directory of 1,000 desks takes 200 kB

log = structlog.get_logger("relais.control")


class VerifiedFiles:
    """One realm's folder; what cannot be written is kept in memory by whoever has it."""

    def __init__(self, folder: Path) -> None:
        """Have a folder, made if it is not there.

        Raises:
            OSError: there can be none.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        for left in folder.glob(f"{_UNFINISHED}*"):  # by a process that was killed as it wrote
            with suppress(OSError):
                # Files have the machine's times, in a simulation too.
                if time.time() - left.stat().st_mtime > _LEFT_S:  # noqa: TID251
                    left.unlink()

    def told(self, mark: str) -> Mapping[str, Any] | None:
        """What was told of a value, None if its file is not there or is not as it was written."""
        read = self._read(mark, whole=False)
        return read[0] if read is not None else None

    def keep(self, mark: str, value: bytes, told: Mapping[str, Any]) -> bool:
        """Write a value's file under its name once it is whole; False if there is no room for it.

        It is not synced: a file that a crash has cut off is none.
        """
        line = canonical({"size": len(value), "told": told})
        if len(line) + _HEX + 2 > _MOST_TOLD:
            return False
        unfinished: Path | None = None
        try:
            with NamedTemporaryFile(dir=self._folder, prefix=_UNFINISHED, delete=False) as file:
                unfinished = Path(file.name)
                file.write(sha256(line).hex().encode() + b" " + line + b"\n" + value)
            unfinished.replace(self._folder / mark)
        except OSError as error:
            log.warning("value not kept", why=type(error).__name__)
            if unfinished is not None:
                with suppress(OSError):
                    unfinished.unlink()
            return False
        return True

    def value(self, mark: str) -> bytes | None:
        """A value; that it is the marked one is for the reader to see."""
        read = self._read(mark, whole=True)
        return read[1] if read is not None else None

    def drop(self, mark: str) -> None:
        """Delete a value's file."""
        with suppress(OSError):
            (self._folder / mark).unlink(missing_ok=True)

    def _read(self, mark: str, *, whole: bool) -> tuple[Mapping[str, Any], bytes] | None:
        try:
            with (self._folder / mark).open("rb") as file:
                line = file.readline(_MOST_TOLD)
                value = file.read() if whole else b""
                size = os.fstat(file.fileno()).st_size - len(line)
        except OSError:
            return None
        digest, told = line[:_HEX], line[_HEX + 1 : -1]
        if sha256(told).hex().encode() != digest:
            return None
        parsed = orjson.loads(told)
        return (parsed["told"], value) if parsed["size"] == size else None


def verified_files(settings: ServiceSettings, realm: str) -> VerifiedFiles | None:
    """Where a service keeps a realm's verified directories; None if it keeps nothing or cannot."""
    if not settings.store:
        return None
    try:
        return VerifiedFiles(settings.state_dir / f"control-{realm}")
    except OSError as error:
        log.warning("directories not kept", realm=realm, why=type(error).__name__)
        return None
