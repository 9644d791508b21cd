"""What an issuer makes, and what it refuses to make."""

from __future__ import annotations

import re
from typing import Any

import orjson
import pytest

from contracts.encoding import digest, unb64u
from contracts.envelope.issue import Recipient
from contracts.envelope.limits import MAX_PART, PAD_TO
from contracts.envelope.verify import event_from_evidence, verify_published
from contracts.vocabulary.conditions import Call, Declared
from contracts.vocabulary.schema import Linked, Ref
from tests.contracts.envelope import kit
from tests.contracts.envelope.refusal import refused


def test_the_same_randomness_makes_the_same_event() -> None:
    """Time and randomness are inputs."""
    assert kit.sample_issue().value() == kit.sample_issue().value()
    assert kit.sample_issue().value() != kit.sample_issue(seed="other").value()


def test_key_headers_and_chain() -> None:
    """The Kafka key is D(cover), which the next cover names as `prev`."""
    first = kit.sample_issue()
    second = kit.sample_issue(seed="second", prev=first.digest)

    assert first.key == digest(first.cover).encode()
    assert second.claims.prev == first.digest
    assert first.claims.prev is None
    assert ("content-type", b"application/cloudevents+json; charset=UTF-8") in first.headers()
    assert first.ref == Ref(iss=first.claims.iss, jti=first.claims.jti)


@pytest.mark.parametrize("length", [0, 1, 100, 256, 257, 300, 511, 512, 513, 2000])
def test_plaintexts_are_padded(length: int) -> None:
    """A part's length tells its content's only in steps of 512 bytes."""
    recipient = Recipient(kit.realm().urn("crip"), "assess", {"FACTS": {"text": "x" * length}})

    part = kit.sample_issue(to=[recipient]).parts[0]

    assert len(unb64u(part.split(".")[3])) % PAD_TO == 0


def test_no_two_parts_share_randomness() -> None:
    """Ephemeral key, wrapped key and IV are fresh in each part."""
    parts = kit.three_addressees().parts

    heads = [orjson.loads(unb64u(part.split(".")[0])) for part in parts]
    assert len({head["epk"]["x"] for head in heads}) == len(parts)
    assert len({part.split(".")[1] for part in parts}) == len(parts)
    assert len({part.split(".")[2] for part in parts}) == len(parts)


def test_only_the_desk_is_named_in_its_parts() -> None:
    """A part's head names desk, scope, event and issuer; nothing of the body is in clear."""
    issued = kit.three_addressees()

    clear = b"".join(
        unb64u(segment) for part in issued.parts for segment in part.split(".")[:3]
    ) + unb64u(issued.cover.split(".")[1])
    assert b"note on" not in clear


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


def test_event_ids_are_uuids_of_version_7() -> None:
    """Ordered by time, 74 random bits (RFC 9562)."""
    pattern = r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"

    jti = kit.sample_issue().claims.jti

    assert re.fullmatch(pattern, jti)
    assert int(jti.replace("-", "")[:12], 16) == kit.NOW * 1000 + 123
