"""The table of system clauses, rules §8: ACK, WITHDRAW, LINK, UNLINK, attempts, publications."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.vocabulary.scopes import ACK_STAGES
from tests.contracts.decision.asking import jti
from tests.contracts.decision.playing import MONDAY, PEERS, Played, play

LATER = MONDAY + 3_600
RECEIVED = {"stage": "received"}
TAKEN = ("R01", "withdraw 1 CRIP")
ACKED = ("R01", "ack CRIP received 1")


@pytest.mark.parametrize("stage", [stage for stage in ACK_STAGES if stage != "withdrawn"])
def test_a_desk_acknowledges_what_was_delivered_to_it_once_a_stage(stage: str) -> None:
    """Any stage, by a notice to the issuer; a second time is refused."""
    played = play("R01", f"ack CRIP {stage} 1")

    assert [(one.iss, one.jti) for one in played.last.acknowledged] == [
        (played.urn("EDU-S"), jti(1))
    ]
    assert played.then(f"ack CRIP {stage} 1").reasons == [("stage_repeated",)]


@pytest.mark.parametrize(
    ("steps", "issuer", "etype", "to", "claims", "why"),
    [
        # an acknowledgement is to the issuer's desk, for its purpose, with a stage, of what came
        (("R01",), "CRIP", "ACK", ("ASE", "acknowledge", 1), RECEIVED, "not_delivered"),
        (("R01",), "CRIP", "ACK", ("EDU-S", "assess", 1), RECEIVED, "stage_missing"),
        (("R01",), "CRIP", "ACK", ("EDU-S", "acknowledge", 1), {}, "stage_missing"),
        (("R01",), "CRIP", "ACK", ("EDU-S", "acknowledge", 0), RECEIVED, "not_delivered"),
        (("R01",), "CRIP", "ACK", ("EDU-S", "acknowledge", 77), RECEIVED, "not_delivered"),
        (("R01",), "ASE", "ACK", ("EDU-S", "acknowledge", 1), RECEIVED, "not_delivered"),
        (("R01",), "EDU-S", "ACK", ("EDU-S", "acknowledge", 1), RECEIVED, "not_delivered"),
        (ACKED, "EDU-S", "ACK", ("CRIP", "acknowledge", 2), RECEIVED, "not_delivered"),
        # a withdrawal is confirmed as withdrawn, and only it
        (("R01",), "CRIP", "ACK", ("EDU-S", "acknowledge", 1), {"stage": "withdrawn"},
         "not_delivered"),
        (TAKEN, "CRIP", "ACK", ("EDU-S", "acknowledge", 2), RECEIVED, "not_delivered"),
        (TAKEN, "CRIP", "ACK", ("EDU-S", "acknowledge", 2), {"stage": "withdrawn"}, ""),
        # a withdrawal is its issuer's and reaches who has the event
        (("R01",), "CRIP", "WITHDRAW", ("EDU-S", "withdraw", 1), {}, "not_own_event"),
        (("R01",), "EDU-S", "WITHDRAW", ("ASE", "withdraw", 1), {}, "not_delivered"),
        (("R01",), "EDU-S", "WITHDRAW", ("CRIP", "assess", 1), {}, "not_own_event"),
        (("R01",), "EDU-S", "WITHDRAW", ("CRIP", "withdraw", 0), {}, "not_own_event"),
        (TAKEN, "EDU-S", "WITHDRAW", ("CRIP", "withdraw", 2), {}, "not_own_event"),
        (ACKED, "CRIP", "WITHDRAW", ("EDU-S", "withdraw", 2), {}, "not_own_event"),
    ],
)  # fmt: skip
def test_an_event_of_the_bus_that_does_not_fit_is_refused(
    steps: tuple[str, ...], issuer: str, etype: str, to: tuple[str, str, int],
    claims: dict[str, Any], why: str,
) -> None:  # fmt: skip
    """With its reason, and nobody is told of it."""
    played, (role, purpose, number) = play(*steps), to
    played.issuers.setdefault(number, "EDU-S")
    re = {"re": (played.ref(number),)} if number else {}

    played.say(LATER, issuer, etype, [{"role": role, "purpose": purpose, **re}], **claims)

    assert played.reasons == [(why,) if why else ()]
    assert bool(played.last.acknowledged) == (not why)


def test_content_travels_in_no_event_of_the_bus() -> None:
    """A part makes neither an acknowledgement nor a withdrawal."""
    played, refused = play("R01"), list[bool]()
    part = {"re": (played.ref(1),), "scopes": ("FACTS",)}
    for issuer, etype, to, claims in (
        ("CRIP", "ACK", {"role": "EDU-S", "purpose": "acknowledge"}, RECEIVED),
        ("EDU-S", "WITHDRAW", {"role": "CRIP", "purpose": "withdraw"}, {}),
    ):
        played.say(LATER, issuer, etype, [to | part], **claims)
        refused.append(played.refused)

    assert refused == [True, True]


LINK, UNLINK = "link A 2026-09-01", "unlink A 2026-09-01"


@pytest.mark.parametrize(
    ("steps", "reasons", "links"),
    [
        ((LINK,), (), {PEERS["A"]: "2026-09-01"}),
        ((LINK, "link A 2026-08-28"), (), {PEERS["A"]: "2026-08-28"}),
        ((LINK, UNLINK), (), {}),
        ((LINK, UNLINK, UNLINK), ("not_linkable",), {}),
        ((UNLINK,), ("not_linkable",), {}),
        (("link SELF 2026-09-01",), ("not_linkable",), {}),
        ((f"{LINK} ASE",), ("not_linkable",), {}),
        ((f"{LINK} PARQ-CIV",), ("not_linkable",), {}),
        ((LINK, f"{UNLINK} ASE"), ("not_linkable",), {PEERS["A"]: "2026-09-01"}),
        ((LINK, f"{UNLINK} PARQ-CIV"), ("not_linkable",), {PEERS["A"]: "2026-09-01"}),
    ],
)
def test_only_the_crip_links_a_case_and_only_to_another(
    steps: tuple[str, ...], reasons: tuple[str, ...], links: dict[str, str]
) -> None:
    """Why the last step is refused; of a peer that is linked again the last date counts."""
    played = play(*steps)

    assert (played.last.reasons, played.case.links) == (reasons, links)


def test_an_attempt_is_always_refused_with_a_reason_for_each_scope_and_the_right_doors() -> None:
    """Even where a clause would release; every purpose is answered."""
    played = Played()
    left = ("CRIP", ("FACTS", "HEALTH")), ("POL", ("FACTS",))

    played.say(
        MONDAY, "EDU-S", "IP", [{"role": role} for role, _ in left], attempt=True,
        left_out=tuple({"desk": played.urn(role), "scopes": scopes} for role, scopes in left),
    )  # fmt: skip

    assert played.refused
    school, police = played.outcome(0), played.outcome(1)
    assert school.not_published == {"FACTS": ("not_sent",), "HEALTH": ("not_permitted",)}
    assert police.not_published == {"FACTS": ("no_clause",)}
    assert {door.role for door in police.doors} == {"CRIP", "PARQ-CIV"}
    assert played.case.events == {}


def test_what_was_left_out_is_judged_like_parts() -> None:
    """Beside a delivery: what a clause would have released was not sent, the rest not permitted."""
    played = Played()
    to = [{"role": "CRIP", "purpose": "assess", "scopes": ("FACTS",)}]
    left = ({"desk": played.urn("CRIP"), "scopes": ("RISK", "HEALTH")},)

    played.say(
        MONDAY, "EDU-S", "IP", to, left_out=left,
        declared={"informed": {"parents": "informed", "minor": "informed"}},
    )  # fmt: skip

    assert played.outcome().released == ("FACTS",)
    assert played.outcome().not_published == {"RISK": ("not_sent",), "HEALTH": ("not_permitted",)}


def test_a_desk_that_the_directory_does_not_know_gets_nothing() -> None:
    """And its events are nobody's."""
    played = Played()
    to = [{"role": "STRANGER", "purpose": "assess", "scopes": ("FACTS",)}]

    played.say(MONDAY, "EDU-S", "IP", to)
    assert played.reasons == [("unknown_desk",)]
    played.say(MONDAY, "EDU-S", "IP", [{"role": "STRANGER"}], attempt=True)

    assert played.reasons == [("unknown_desk",)]
