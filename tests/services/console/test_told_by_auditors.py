"""An auditor that says what no auditor would, or of another bus: what a page shows of that, and what not."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import httpx
import orjson
import pytest

from services.operate.status import ask
from tests.services.audit.projected import NOBODYS
from tests.services.console.test_projection_pages import look_up, told_by

pytestmark = pytest.mark.anyio

MARKUP: Final = "<script>alert(1)</script>"
PLACE: Final = {"records": 1, "read": 1, "alarms": 0, "kept": True}
DESK: Final = {"role": "CRIP", "desk": "crip", "open": 1, "late": 1}
CONVENTION: Final = {"digest": "d" * 43, "from": 1, "text": "x", "signed": []}


def answer(**changed: Any) -> bytes:
    """What an auditor would say, but for something."""
    told = {"place": PLACE, "duties": [DESK]}
    return orjson.dumps({**told, **changed})


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"[" * 100_000,
        b'{"place":' + b" " * (ask.MOST_BYTES + 1),
        b"\xff\xfe",
        answer(duties=[{**DESK, "desk": MARKUP}]),
        answer(duties=[{**DESK, "role": MARKUP}]),
        answer(duties=[{**DESK, "late": "7"}]),
        answer(duties=[{**DESK, "late": -1}]),
        answer(duties=[{**DESK, "late": 1e300}]),
        answer(duties={"crip": 1}),
        answer(duties=[DESK] * 5_001),
        answer(place={}),
        answer(place={**PLACE, "read": 10**18}),
        answer(place={**PLACE, "alarms": MARKUP}),
    ],
)
async def test_an_answer_of_another_form_is_no_answer(tmp_path: Path, said: bytes) -> None:
    """Too long, too deep, of other types or figures, or with markup: none of it is shown or kept."""
    console = told_by(tmp_path, said)
    async with console.as_("auditor") as browser:
        page = await browser.get("/duties?lang=en")
    console.close()

    assert page.status_code == httpx.codes.OK
    assert "no answer" in page.text
    assert "<script>alert" not in page.text
    assert "parq" not in page.text


async def test_a_good_answer_is_shown(tmp_path: Path) -> None:
    """So that the others were refused for what was changed."""
    console = told_by(tmp_path, answer())
    async with console.as_("auditor") as browser:
        page = (await browser.get("/duties?lang=en")).text
    console.close()

    assert ">crip<" in page
    assert "no answer" not in page


PROOF: Final = {"log": "civil-0", "leaf": "l" * 43, "index": 3, "size": 7, "cosigned": ["police"]}
EVENT: Final = {
    "etype": "IP", "kind": "decided", "issued": 1, "at": 2, "judged": "same", "code": "",
    "refused": False, "reasons": [], "told": 1, "issuer": {"role": "CRIP", "desk": ""},
    "addressees": [], "steps": [], "duties": [], "proof": PROOF,
}  # fmt: skip


@pytest.mark.parametrize(
    ("verified", "words"),
    [
        ({"inclusion": "stands"}, "under the published one of 7 records: the path of hashes was verified"),
        ({"inclusion": "other"}, "which has another record there: an alarm for the audit"),
        ({"inclusion": "early"}, "does not reach it yet"),
        ({}, "not known: the audit has not verified it"),
    ],
)  # fmt: skip
async def test_of_its_proof_a_page_claims_what_the_auditor_has_verified(
    tmp_path: Path, verified: dict[str, str], words: str
) -> None:
    """An older auditor has verified nothing, and its console says so."""
    console = told_by(tmp_path, answer(event={**EVENT, "proof": {**PROOF, **verified}}))
    async with console.as_("auditor") as browser:
        page = (await look_up(browser, NOBODYS, lang="en")).text
    console.close()

    assert words in " ".join(page.split())


async def test_an_outcome_stands_among_what_came_back(tmp_path: Path) -> None:
    """In the order of time, by who sent it."""
    came = {
        "steps": [{"k": "stage", "at": 5, "stage": "received", "role": "CRIP", "desk": ""}],
        "answers": [{"at": 9, "etype": "FEEDBACK", "role": "CRIP", "desk": ""}],
    }
    console = told_by(tmp_path, answer(event={**EVENT, **came}))
    async with console.as_("auditor") as browser:
        page = (await look_up(browser, NOBODYS, lang="en")).text
    console.close()

    back = page.partition("What came back")[2].partition("<tbody>")[2].partition("</tbody>")[0]
    assert back.index("acknowledgement") < back.index("feedback")


async def test_who_audits_one_bus_is_not_asked_of_the_other(tmp_path: Path) -> None:
    """Each has its own secret; and of a realm without one nobody is asked."""
    console = told_by(tmp_path, answer(), "audit-criminal")
    async with console.as_("auditor") as browser:
        page = (await browser.get("/duties?lang=en")).text
    console.close()

    assert "Nobody who audits has answered" in page
    assert "Not known: not every auditor has answered." in page
    assert ">crip<" not in page


async def test_a_text_that_is_not_its_digest_s_is_no_convention(tmp_path: Path) -> None:
    """The console holds it to the digest itself."""
    both = {"in_force": CONVENTION, "announced": None}
    console = told_by(tmp_path, answer(convention=both))
    async with console.as_("committee") as browser:
        page = (await browser.get("/convention?lang=en")).text
    console.close()

    assert "is no convention of this digest" in page
    assert 'id="grid"' not in page
