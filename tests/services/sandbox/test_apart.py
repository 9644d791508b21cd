"""Nothing of a sandbox's steering is anywhere else: no other service can be led by a reference."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.sandbox.steering import PREFIX, WORDS
from tests.samples import sample
from tests.services.agency.bench import serving

ROOT = Path(__file__).parents[3]


@pytest.mark.anyio
async def test_an_agencys_service_takes_such_a_reference_as_any_other() -> None:
    """Each word, and one of no table: taken, decided, nobody answers by himself."""
    async with serving("education") as school:
        for word in (*WORDS, "nonsense"):
            record = sample("education", "information_preoccupante", reference=f"{PREFIX}{word}")
            sent = await school.post("edu-s", record)
            school.settle()
            (event,) = sent.json()["events"]
            status = (await school.get("edu-s", f"/v1/referrals/{event}")).json()

            assert sent.status_code == 202, word
            assert (status["state"], status["to"][0]["state"]) == ("decided", "delivered"), word
            assert status["to"][0]["acknowledged"] == [], word


def test_no_code_of_a_service_knows_the_sandbox() -> None:
    """Only the commands that start it and what shares its example name it."""
    named = re.compile(r"services\.sandbox|sandbox:")
    places = {
        str(path.relative_to(ROOT).parent)
        for top in ("contracts", "services")
        for path in (ROOT / top).rglob("*.py")
        if named.search(path.read_text(encoding="utf-8"))
    }

    assert places <= {"services/sandbox", "services/cli", "services/cli/play", "services/play/run"}
