"""Lies planted by who runs the bus: which check finds each, and what the report says of it."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from contracts.log.replaying.finding import AuditFinding
from services.audit.whole import replay
from services.cli.auditor.finding_sentences import sentence
from tests.contracts.log.first_orders import owners
from tests.services.audit.bundle.kit import alarms
from tests.services.audit.lies.kinds import LIES
from tests.services.audit.lies.lab import REALM, Lab, told


def test_an_honest_log_has_no_finding() -> None:
    """Nor has one that was written anew with the router's key and says the same."""
    assert Lab().found() == []
    assert Lab(told()).found() == []
    same = Lab()
    same.rewrite(lambda *_: None)
    assert same.found() == []


def test_what_is_recorded_before_it_has_come_is_found() -> None:
    """A router calls a desk late before its day: the auditor has a clock too."""
    lab = Lab()
    last = max(orjson.loads(lab.decisions(at)[-1].value or b"")["at"] for at in (0, 1))

    early, then = (
        {one.code for one in alarms(asyncio.run(replay(lab.log, (REALM,), owners(), clock)))}
        for clock in (lambda: last - 241, lambda: last - 240)
    )

    assert (early, then) == ({"recorded_ahead"}, set())


@pytest.mark.parametrize("kind", LIES)
def test_a_planted_lie_is_found(kind: str) -> None:
    """By the check that the table names, and told in a sentence."""
    lie = LIES[kind]
    lab = Lab(lie.world())
    lie.plant(lab)

    found = lab.found()

    assert {finding.code for finding in found} == {lie.code, *lie.also}
    first = next(finding for finding in found if finding.code == lie.code)
    if lie.side:
        assert (first.member, first.recorded, first.follows) == lie.side
    told = {sentence(finding, "fr") for finding in found}
    assert sentence(AuditFinding(0, 0, "a code of tomorrow"), "fr") not in told


def test_what_a_record_differs_from_is_told_with_its_input() -> None:
    """Where the event lies from which another decision follows; if gone, the next."""
    lab, gone = Lab(), Lab()
    LIES["another clause"].plant(lab)
    LIES["a decision removed"].plant(gone)

    (found,), (broken,) = lab.found(), gone.found()

    assert found.source == "relais.civil.outbox.education/1/1"
    next_at = gone.decisions()[6].timestamp_ms // 1000
    assert (broken.index, broken.offset, broken.at) == (7, 7, next_at)
