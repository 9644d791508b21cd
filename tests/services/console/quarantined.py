"""What an auditor may have told of quarantine, and a task that was prepared about it: for pages that are looked at."""

from __future__ import annotations

import time
from typing import Final

from services.console.quarantine.tasks import PreparedTask
from services.console.quarantine.told import KeptGroup, LastTold, ToldOrder, ToldQuarantine
from services.operate.quarantine_task import LASTS_S, QuarantineTask
from tests.services.console.kit import OpenConsole
from tests.services.operate.status.pages import AT

_LEAVES: Final = [letter * 43 for letter in "ABCDE"]
_GROUPS: Final = (
    KeptGroup(
        code="signature_wrong", agency="police", desk="", n=3, oldest=AT - 90_000,
        newest=AT - 60, ages=(2, 1, 0, 0), against={},
    ),
    KeptGroup(
        code="unknown_convention", agency="education", desk="edu-s", n=12, oldest=AT - 40 * 86_400,
        newest=AT - 3_600, ages=(1, 4, 5, 2), against={"unknown_convention": 10, "bytes_gone": 2},
    ),
)  # fmt: skip
_ORDER: Final = ToldOrder(
    n=9, kind="release", reason="fault_mended", at=AT - 600, signatures=2,
    decisions=((2, _LEAVES[0], "decided"), (2, _LEAVES[1], "kept"), (3, _LEAVES[2], "quarantined")),
)  # fmt: skip
TOLD: Final = ToldQuarantine(at=AT, groups=_GROUPS, orders=(_ORDER,), whole=True)
TASK: Final = PreparedTask(
    QuarantineTask(
        "release", "civil", "internal_error", "fault_mended", AT - 700, AT - 700 + LASTS_S,
        (*(f"2:{leaf}" for leaf in _LEAVES[:2]), *(f"3:{leaf}" for leaf in _LEAVES[2:])),
    ),
    "operator", (3, 1, 1, 0), {"crip": 3, "edu-s": 1, "": 1}, {"unknown_convention": 2}, 40,
)  # fmt: skip


def fill(console: OpenConsole) -> str:
    """Let a console know them; the address of the task's page."""
    console.routes.quarantine.told.last["civil"] = LastTold(TOLD, time.time())
    console.routes.quarantine._tasks.add(TASK)
    return f"quarantine/tasks/{TASK.name}"
