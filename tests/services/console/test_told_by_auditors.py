"""An auditor that says what none would, or of another bus: what a page shows of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from services.operate.status import ask
from tests.services.audit.projected import NOBODYS
from tests.services.console.test_event_page import look_up, told_by

MARKUP: Final = "<script>alert(1)</script>"
PLACE: Final = {"records": 1, "read": 1, "alarms": 0, "kept": True}
PROOF: Final = {"log": "civil-0", "leaf": "l" * 43, "index": 3, "size": 7, "cosigned": ["police"]}
CRIP: Final = {"role": "CRIP", "desk": "crip"}
EVENT: Final = {
    "etype": "IP", "kind": "decided", "issued": 1, "at": 2, "judged": "same", "code": "",
    "refused": False, "reasons": [], "told": 1, "issuer": CRIP,
    "addressees": [], "steps": [], "duties": [], "proof": PROOF,
}  # fmt: skip


def answer(place: Any = PLACE, **changed: Any) -> bytes:
    """What an auditor would say, but for something of the event."""
    return orjson.dumps({"place": place, "event": {**EVENT, **changed}})


async def shown(tmp_path: Path, said: bytes, name: str = "audit") -> str:
    """The page of an auditor that says this."""
    console = told_by(tmp_path, said, name)
    async with console.as_("auditor") as browser:
        page = (await look_up(browser, NOBODYS)).text
    console.close()
    return " ".join(page.split())


@pytest.mark.parametrize(
    "said",
    [
        b"", b"[" * 100_000, b'{"place":' + b" " * (ask.MOST_BYTES + 1), b"\xff\xfe",
        answer(issuer={**CRIP, "desk": MARKUP}), answer(issuer={**CRIP, "role": MARKUP}),
        answer(told="7"), answer(told=-1), answer(told=1e300), answer(steps={"crip": 1}),
        answer(steps=[{"k": "stage", "at": 5, "stage": "received", **CRIP}] * 201),
        answer(place={}), answer(place={**PLACE, "read": 10**18}),
        answer(place={**PLACE, "alarms": MARKUP}),
    ],
    ids=range(14),
)  # fmt: skip
async def test_an_answer_of_another_form_is_no_answer(tmp_path: Path, said: bytes) -> None:
    """Too long, too deep, of other types or figures, or with markup: none of it is shown."""
    page = await shown(tmp_path, said)

    assert "no answer" in page
    assert "<script>alert" not in page
    assert "crip" not in page


@pytest.mark.parametrize(
    ("verified", "words"),
    [
        ({"inclusion": "stands"}, "one of 7 records: the path of hashes was verified"),
        ({"inclusion": "other"}, "which has another record there: an alarm for the audit"),
        ({"inclusion": "early"}, "does not reach it yet"),
    ],
)
async def test_of_its_proof_a_page_claims_what_the_auditor_has_verified(
    tmp_path: Path, verified: dict[str, str], words: str
) -> None:
    """A good answer is shown, so that the others were refused for what was changed."""
    page = await shown(tmp_path, answer(proof={**PROOF, **verified}))

    assert words in page
    assert "(crip)" in page
    assert "no answer" not in page


async def test_an_outcome_stands_among_what_came_back(tmp_path: Path) -> None:
    """In the order of time, by who sent it."""
    came = {
        "steps": [{"k": "stage", "at": 5, "stage": "received", **CRIP}],
        "answers": [{"at": 9, "etype": "FEEDBACK", **CRIP}],
    }
    page = await shown(tmp_path, answer(**came))

    back = page.partition("What came back")[2].partition("<tbody>")[2].partition("</tbody>")[0]
    assert back.index("acknowledgement") < back.index("feedback")


async def test_who_audits_one_bus_is_not_asked_of_the_other(tmp_path: Path) -> None:
    """Each has its own secret; and of a realm without one nobody is asked."""
    page = await shown(tmp_path, answer(), "audit-criminal")

    assert "nobody can tell" in page
    assert "(crip)" not in page
