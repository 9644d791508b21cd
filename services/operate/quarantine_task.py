"""A task about quarantine: what owners are asked to order, as a file without a signature.

    {"relais-task": 1, "kind": "release", "realm": "civil", "code": "internal_error", "reason": "fault_mended",
     "made": "2026-11-26T09:00:00Z", "until": "2026-12-03T09:00:00Z", "decisions": ["2:…", …]}

It says partition and decision of each input and nothing of what is in it. Whoever prepares it needs no key; it does
nothing until owners order it, and after its day it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import orjson

from contracts.encoding import json_object, rfc3339
from contracts.errors import UsageError
from contracts.log.orders.rulings import REASONS, RULINGS
from contracts.vocabulary.scopes import REALMS
from services.platform.process.os_errors import why
from services.texts import Catalogue

_ = Catalogue(__name__)

MOST: Final = 500  # decisions of a task, unless all are asked for
MOST_OF_ALL: Final = 10_000
LASTS_S: Final = 7 * 86_400
MOST_BYTES: Final = 1 << 20
_FORM: Final = "relais-task"
_DECISION: Final = re.compile(r"(0|[1-9][0-9]?):[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class QuarantineTask:
    """What is to be ordered.

    Attributes:
        kind: `release`, `discard`.
        code: under which all of it was put aside.
        made, until: seconds, by the routers' clock.
        decisions: `PARTITION:DECISION` of each, in the order in which they are to be carried out.
    """

    kind: str
    realm: str
    code: str
    reason: str
    made: int
    until: int
    decisions: tuple[str, ...]

    def text(self) -> bytes:
        """The file, for people too."""
        said: dict[str, Any] = {
            _FORM: 1, "kind": self.kind, "realm": self.realm, "code": self.code,
            "reason": self.reason, "made": rfc3339(self.made), "until": rfc3339(self.until),
            "decisions": list(self.decisions),
        }  # fmt: skip
        return orjson.dumps(said, option=orjson.OPT_INDENT_2) + b"\n"

    @property
    def digest(self) -> str:
        """SHA-256 of the file, in hexadecimal."""
        return sha256(self.text()).hexdigest()


def read_task(file: Path, kind: str, realm: str, now: int) -> QuarantineTask:
    """A task from its file, for one command on one bus.

    Raises:
        UsageError: `task_unreadable`, `task_malformed`, `task_other` (of another command or bus), `task_over`.
    """
    try:
        with file.open("rb") as opened:
            text = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError("task_unreadable", why(error), _("a file"), str(file)) from None
    task = parse_task(text)
    if task is None:
        form = _("a file as the console gives it")
        raise UsageError("task_malformed", _("another form"), form, str(file))
    if (task.kind, task.realm) != (kind, realm):
        got, asked = f"{task.kind} --realm {task.realm}", f"{kind} --realm {realm}"
        raise UsageError("task_other", got, asked, str(file))
    if now > task.until:
        before = _("before {until}: have it prepared anew").of(until=rfc3339(task.until))
        raise UsageError("task_over", rfc3339(now), before, str(file))
    return task


def parse_task(text: bytes) -> QuarantineTask | None:
    """A task from a file's bytes; None unless they are exactly what `text` writes."""
    if len(text) > MOST_BYTES:
        return None
    said = json_object(text)
    try:
        task = _task(said)
    except (KeyError, TypeError, ValueError):
        return None
    return task if task is not None and task.text() == text else None


def _task(said: Mapping[str, Any]) -> QuarantineTask | None:
    task = QuarantineTask(
        said["kind"], said["realm"], said["code"], said["reason"],
        _instant(said["made"]), _instant(said["until"]), tuple(said["decisions"]),
    )  # fmt: skip
    sound = (
        said[_FORM] == 1
        and task.kind in RULINGS
        and task.realm in REALMS
        and task.reason in REASONS
        and re.fullmatch(r"[a-z0-9_]{1,64}", task.code)
        and 1 <= len(task.decisions) <= MOST_OF_ALL
        and all(_DECISION.fullmatch(named) for named in task.decisions)
        and len(set(task.decisions)) == len(task.decisions)
    )
    return task if sound else None


def _instant(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())
