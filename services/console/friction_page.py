"""The page of what holds partners back: the newest friction report that was given out, as its figures have it.

The console has no right to the log: it shows what `relais report friction` wrote into the folder, which
anybody may read. Nobody waits for a disk: a page is made once for each file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import structlog
from markupsafe import Markup

from contracts.errors import UsageError
from services.committee.friction.page import part
from services.committee.friction.told import MOST_BYTES, ToldReport, read_report
from services.console.roles import Role
from services.texts import Catalogue, Text

_ = Catalogue(__name__)

log = structlog.get_logger("relais.console")

_NONE: Final = _(
    "No report has been made yet: `relais report friction --from 2026-10 --to 2026-11` makes one of these months, with the auditor’s certificate, 14 days after their end."
)
_WRONG: Final = _(
    "The newest report cannot be read. `relais report friction` says what is wrong with it."
)
_KEPT: Final = 4  # pages: two languages, and the report before
Shown = dict[str, Any]
Stamp = tuple[str, int, int]  # name, change and size of a file


def friction_shown(folder: Path) -> Callable[[Role, str], Awaitable[Shown]]:
    """What the page shows to whoever has it, in a language."""
    pages = _ReportPages(folder)

    async def shown(_role: Role, lang: str) -> Shown:
        return await asyncio.to_thread(pages.shown, lang)

    return shown


class _ReportPages:
    """The newest report's page, made once a file and language."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[tuple[Stamp, str], Markup] = {}

    def shown(self, lang: str) -> Shown:
        """`body`, and why there is none."""
        try:
            newest = _newest(self._folder)
            return _empty(_NONE, lang) if newest is None else self._of(*newest, lang)
        except (OSError, UsageError) as error:
            log.warning("report unread", why=getattr(error, "code", type(error).__name__))
            return _empty(_WRONG, lang)

    def _of(self, path: Path, stamp: Stamp, lang: str) -> Shown:
        if (stamp, lang) not in self._made:
            while len(self._made) >= _KEPT:
                del self._made[next(iter(self._made))]
            self._made[stamp, lang] = part(_read(path), lang)
        return {"body": self._made[stamp, lang], "missing": ""}


def _empty(why: Text, lang: str) -> Shown:
    return {"body": "", "missing": why.say(lang)}


def _newest(folder: Path) -> tuple[Path, Stamp] | None:
    """The report with the last month, of these the longest; by the names of files."""
    paths = sorted(folder.glob("friction-*--*.json"))
    if not paths:
        return None
    last = max(path.stem[-7:] for path in paths)
    path = next(path for path in paths if path.stem.endswith(last))
    seen = path.stat()
    return path, (path.name, seen.st_mtime_ns, seen.st_size)


def _read(path: Path) -> ToldReport:
    """Raises UsageError `report_malformed`, OSError."""
    with path.open("rb") as file:
        return read_report(file.read(MOST_BYTES + 1), path.name)
