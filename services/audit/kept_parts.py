"""Parts of a verdict that stay when a verify or a replay is ended halfway: the same command goes on from there.

    FOLDER/<of what>/<realm>-<partition>/    event ids, a row a record if they are asked for, and then what was found

A part is of one partition and counts once it is whole; the one in hand is begun anew. It is of one bundle or bus,
under one owners' file, by one program: of another nothing is taken. Of a log that grows it is what there was when it
was read, and counts while the log has, where it ended, the record that it ended with. Whoever can write here can say
anything, as in a snapshot: the folder is the auditor's own, holds event ids, and goes when the verdict is told.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from contracts.errors import UsageError
from contracts.log.rebuild import MALFORMED
from contracts.log.replaying.finding import AuditFinding, Tally
from services.audit.decision_rows import rows_file
from services.audit.ids_aside import FILES
from services.audit.verdict import ReplayedPart
from services.platform.process.os_errors import why
from services.platform.store.snapshot_file import replaced
from services.texts import Catalogue

_ = Catalogue(__name__)

_PART: Final = "part.json"
_IDS: Final = tuple(f"{number:02}" for number in range(FILES))


@dataclass(frozen=True)
class KeptPart:
    """What was found in one partition, and where its records ended.

    Attributes:
        at: when, seconds since 1970 by the clock that the replay goes by.
        last: offset and leaf of the last record; None if there was none.
    """

    part: ReplayedPart
    at: int
    last: tuple[int, str] | None


@dataclass(frozen=True)
class KeptParts:
    """The parts of one verdict, a folder each."""

    home: Path

    def folder(self, realm: str, number: int) -> Path:
        """Where a partition's part lies."""
        return self.home / f"{realm}-{number:02}"

    def begin(self, realm: str, number: int) -> Path:
        """Its folder, empty: what a process left that was ended is nobody's."""
        folder = self.folder(realm, number)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        return folder

    def end(self, realm: str, number: int, kept: KeptPart) -> None:
        """Keep a part that is whole; its state on disk is needed no more.

        Raises:
            OSError: it cannot be written.
        """
        folder = self.folder(realm, number)
        rows = rows_file(folder, number)
        for path in folder.iterdir():
            if path.name not in _IDS and path != rows:
                path.unlink()
        part = kept.part
        told = {
            "at": kept.at,
            "findings": [asdict(finding) for finding in part.findings],
            "ids": _digest(*_ids(folder)),
            "last": kept.last,
            "rejected": list(part.rejected),
            "rows": _digest(rows) if rows.exists() else "",
            "shared": [[*names, count] for names, count in part.shared.items()],
            "tally": asdict(part.tallies[number]),
        }
        with replaced(folder / _PART) as file:
            file.write(orjson.dumps(told))

    def read(self, realm: str, number: int) -> KeptPart | None:
        """A part that was kept whole; None if there is none."""
        folder = self.folder(realm, number)
        try:
            told: dict[str, Any] = orjson.loads((folder / _PART).read_bytes())
            rows = rows_file(folder, number)
            if told["ids"] != _digest(*_ids(folder)) or (
                told["rows"] and told["rows"] != _digest(rows)
            ):
                return None
            findings = [AuditFinding(**finding) for finding in told["findings"]]
            shared = Counter({tuple(names): count for *names, count in told["shared"]})
            part = ReplayedPart(
                {number: Tally(**told["tally"])}, findings, told["rejected"], shared
            )
            last = told["last"]
            return KeptPart(part, told["at"], None if last is None else (last[0], last[1]))
        except (OSError, *MALFORMED):
            return None

    def forget(self) -> None:
        """The verdict is told: nothing is needed any more."""
        shutil.rmtree(self.home, ignore_errors=True)


@contextmanager
def kept_parts(folder: Path, *of: bytes) -> Iterator[KeptParts]:
    """The parts that are kept in a folder of one verdict, by nobody else at the same time.

    Args:
        of: what the verdict depends on: the manifest, the owners' file, the program.

    Raises:
        UsageError: `resume_unwritable`; `resume_open`: others may say there what they like;
            `resume_busy`: another process goes on with it.
    """
    home = (
        folder / hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in of)).hexdigest()
    )
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_own(home)
        lock = (home / "lock").open("ab")
    except OSError as error:
        expected = _("a folder that can be written")
        raise UsageError("resume_unwritable", why(error), expected, str(folder)) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            got, expected = _("another command that uses it"), _("another folder, or its end")
            raise UsageError("resume_busy", got, expected, str(folder)) from None
        yield KeptParts(home)


def _check_own(home: Path) -> None:
    """Refuse a folder that another made, or may write to: what lies there would be told as found by us."""
    told = home.lstat()
    is_own = stat.S_ISDIR(told.st_mode) and told.st_uid == os.geteuid()
    if not is_own or stat.S_IMODE(told.st_mode) & 0o077:
        got, expected = (
            _("one that others may use"),
            _("a folder of yours alone (0700), or another one"),
        )
        raise UsageError("resume_open", got, expected, str(home))


def _ids(folder: Path) -> list[Path]:
    """Where the ids lie that were laid aside."""
    return [folder / name for name in _IDS]


def _digest(*paths: Path) -> str:
    """Of some files, a piece at a time."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
    return digest.hexdigest()
