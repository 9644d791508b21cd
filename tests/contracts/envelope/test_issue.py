"""What an issuer makes, and what it refuses to make."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from contracts.encoding import unb64u
from contracts.envelope.issue import Recipient
from contracts.envelope.limits import MAX_PART
from contracts.envelope.verify import event_from_evidence, verify_published
from contracts.vocabulary.conditions import Call, Declared
from contracts.vocabulary.schema import Linked
from tests.contracts.envelope import kit
from tests.contracts.envelope.refusal import refused


def test_the_same_randomness_makes_the_same_event() -> None:
    """Time and randomness are inputs."""
    assert kit.sample_issue().value() == kit.sample_issue().value()
    assert kit.sample_issue().value() != kit.sample_issue(seed="other").value()


def test_a_part_over_the_limit() -> None:
    """256 KiB a part; a photograph must fit."""
    fits = Recipient(kit.realm().urn("crip"), "assess", {"FACTS": {"text": "x" * 190_000}})
    too_large = Recipient(kit.realm().urn("crip"), "assess", {"FACTS": {"text": "x" * 200_000}})

    assert len(kit.sample_issue(to=[fits]).parts[0]) <= MAX_PART
    with refused("part_too_large"):
        kit.sample_issue(to=[too_large])


def test_an_event_over_the_limit() -> None:
    """1 MiB in all."""
    large = {"text": "x" * 180_000}
    desks = ("crip", "ase", "pmi", "pol", "je")
    to = [Recipient(kit.realm().urn(desk), "assess", {"FACTS": large}) for desk in desks]

    with refused("too_large"):
        kit.sample_issue(to=to)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"facts": {"name": "x"}}, "unknown_fact"),
        ({"facts": {"due": "tomorrow"}}, "cover_malformed"),
        ({"lifetime": 8 * kit.DAY}, "wrong_lifetime"),
        ({"to": []}, "no_addressee"),
        ({"to": [kit.sample_recipient("crip", ())] * 2}, "desk_twice"),
        ({"linked": Linked(peer="A" * 43, date="2026-11-01")}, "linked_malformed"),
        ({"convd": "x"}, "cover_malformed"),
        ({"ends": [kit.sample_issue().ref]}, "ends_without_end"),
        ({"to": [kit.sample_recipient("crip", (), name="criminal")]}, "wrong_realm"),
    ],
)
def test_what_others_would_refuse_is_not_sent(more: dict[str, Any], code: str) -> None:
    """The issuer's own checks are the router's."""
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
        "je",
        to=[recipient],
        etype="MEASURE",
        declared=Declared(call=call, auth="B" * 22, danger=True, measure_open=True),
        ends=[earlier.ref],
        facts={"phase": "end", "decided_on": "2026-11-20", "ends_on": "2027-11-20"},
    )

    event = verify_published(kit.inbound(issued), kit.router_context()).event

    assert event.cover == issued.claims
    slip = orjson.loads(unb64u(issued.slips[0].split(".")[1]))
    assert slip["declared"] == {"call": call.wire(), "auth": "B" * 22, "danger": True}
    assert slip["re"] == [earlier.ref.wire()]
    heads = [{"head": head.head, "rest": head.rest} for head in event.heads]
    assert event_from_evidence(event.token, heads, kit.realm().directory) == event


def test_a_link_has_no_addressee() -> None:
    """LINK and UNLINK move a clock and reach nobody."""
    issued = kit.sample_issue(
        "crip", to=[], etype="LINK", linked=Linked(peer="A" * 43, date="2026-11-01")
    )

    published = verify_published(kit.inbound(issued), kit.router_context())

    assert published.slips == {}
    assert published.event.cover.linked == Linked(peer="A" * 43, date="2026-11-01")
