"""What an issuer makes, and what it refuses to make."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.envelope.issue import Recipient
from contracts.envelope.verify import event_from_evidence
from contracts.vocabulary.conditions import Call, Declared
from tests.contracts.envelope import kit
from tests.contracts.envelope.refusal import refused


def long(*desks: str, size: int) -> list[Recipient]:
    """As long a text to each desk."""
    bodies = {"FACTS": {"text": "x" * size}}
    return [Recipient(kit.realm().urn(desk), "assess", bodies) for desk in desks]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"to": long("crip", size=200_000)}, "part_too_large"),
        ({"to": long("crip", "ase", "pmi", "pol", "je", size=180_000)}, "too_large"),
        ({"facts": {"name": "x"}}, "unknown_fact"),
        ({"facts": {"due": "tomorrow"}}, "cover_malformed"),
        ({"lifetime": 8 * kit.DAY}, "wrong_lifetime"),
    ],
)
def test_what_others_would_refuse_is_not_sent(more: dict[str, Any], code: str) -> None:
    """Over 256 KiB a part or 1 MiB in all; and the issuer's own checks are the router's."""
    with refused(code):
        kit.sample_issue(**more)


def test_everything_that_a_cover_can_say_survives_the_way() -> None:
    """All optional claims, through router and evidence."""
    earlier = kit.sample_issue(seed="earlier")
    call = Call(to="duty_magistrate", at=kit.NOW - 600, ref="A" * 22)
    recipient = Recipient(
        kit.realm().urn("ase"), "execute", {"MEASURE": {"text": "x"}}, "P90", [earlier.ref]
    )
    issued = kit.sample_issue(
        "je", to=[recipient], etype="MEASURE", ends=[earlier.ref],
        declared=Declared(call=call, auth="B" * 22, danger=True, measure_open=True),
        facts={"phase": "end", "decided_on": "2026-11-20", "ends_on": "2027-11-20"},
    )  # fmt: skip

    event = kit.route(kit.inbound(issued)).event

    assert event.cover == issued.claims
    slip = kit.claims_of(issued.slips[0])
    assert slip["declared"] == {"call": call.wire(), "auth": "B" * 22, "danger": True}
    assert slip["re"] == [earlier.ref.wire()]
    heads = [{"head": head.head, "rest": head.rest} for head in event.heads]
    assert event_from_evidence(event.token, heads, kit.realm().directory) == event
