"""`relais status` says whose it is what lies in quarantine, to who has the secret."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from services.operate.status.kept_by import KeptBy, kept_by
from services.operate.status.state import FederationState, federation
from services.operate.status.told import lines
from tests.services.operate.status.pages import AT, CALM, router
from tests.services.operate.status.test_ask import Handler, _hangs, _says, served

SIGNED = KeptBy("unknown_convention", "education", "edu-s", 12, AT - 3 * 86_400)
GARBAGE = KeptBy("wrong_content_type", "police", "", 1, AT - 60)
TOLD = orjson.dumps(
    {
        "groups": [
            {"code": row.code, "agency": row.agency, "desk": row.desk, "n": row.number,
            "oldest": row.oldest}
            for row in (SIGNED, GARBAGE)
        ]
    }
)  # fmt: skip


SECRETS = {"civil": bytes(range(32))}
LIES: tuple[dict[str, Any], ...] = (
    {"code": "<b>"}, {"agency": "a b"}, {"desk": 7}, {"n": -1}, {"n": "7"}, {"n": True},
    {"oldest": 10**18}, {"oldest": 1.5},
)  # fmt: skip


async def test_the_auditor_of_a_realm_is_asked_by_its_secret() -> None:
    """Of a realm without one nobody is asked."""
    async with served(_says(TOLD)) as at:
        told = await kept_by({"audit": at["0"]}, SECRETS)

    assert told == {"civil": (SIGNED, GARBAGE)}


def lying(lie: dict[str, Any]) -> Handler:
    """An auditor that says one thing wrongly."""
    group = {"code": "x", "agency": "police", "desk": "", "n": 1, "oldest": AT, **lie}
    return _says(orjson.dumps({"groups": [group]}))


@pytest.mark.parametrize(
    "handler",
    [
        _hangs, *map(_says, (b"{}", b"[", b'{"groups": [1]}', b'{"groups": 1}')),
        *map(lying, LIES),
    ],
)  # fmt: skip
async def test_an_auditor_that_hangs_or_talks_nonsense_is_none(handler: Handler) -> None:
    """Markup, other types, figures that nobody would tell: as one that knows nothing."""
    async with served(handler) as at:
        told = await kept_by({"audit-civil": at["0"]}, SECRETS)

    assert told == {}


async def test_a_service_that_calls_itself_audit_is_shown_no_secret() -> None:
    """It is asked by the name that it has in the home, whatever it says of itself."""
    async with served(_says(TOLD)) as at:
        assert await kept_by({"police": at["0"]}, SECRETS) == {}


def _with(*rows: KeptBy) -> FederationState:
    return federation(AT, [router("civil"), router("criminal")], CALM, {}, {}, kept={"civil": rows})


def test_what_an_auditor_that_was_taken_over_says_makes_no_line_of_its_own() -> None:
    """No line break, no control character reaches a terminal."""
    now = _with(KeptBy("x\nAll is well", "\x1b[2J", "a\r", 1, AT))

    assert not [line for line in lines(now, []) if line.startswith("All") or "\x1b" in line]
