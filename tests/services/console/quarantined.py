"""What an auditor may have told of quarantine: for pages that are looked at."""

from __future__ import annotations

import time
from typing import Final

from services.console.quarantine.told import KeptGroup, LastTold, ToldOrder, ToldQuarantine
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


def fill(console: OpenConsole) -> None:
    """Let a console know it."""
    console.routes.quarantine.last["civil"] = LastTold(TOLD, time.time())
