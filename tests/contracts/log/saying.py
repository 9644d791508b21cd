"""What partners say and are told on one realm's bus, and what an audit finds of it."""

from __future__ import annotations

from typing import Any

import orjson

from contracts.decision.state.view import View
from contracts.encoding import b64u, sha256, unb64u
from contracts.envelope.issue import FACTS, Issued, Recipient
from contracts.vocabulary.conditions import Call, Declared, Informed
from contracts.vocabulary.schema import Ref, desk_urn
from tests.contracts.decision.state.tables import as_rows, whole
from tests.contracts.envelope import kit
from tests.contracts.log.routed import CONVD, Bus

CALL = Call(to="duty_magistrate", at=kit.NOW - 60, ref=b64u(bytes(16)))
DECLARED = Declared(
    informed=Informed(parents="informed", minor="informed"), call=CALL, danger=True,
    inquiry=False, parents_told="written", parents_agree=True, measure_open=True,
)  # fmt: skip
CASE = b64u(sha256(b"a case that several desks know"))


def said(issuer: str, etype: str, *to: Recipient, seed: str, **more: Any) -> Issued:
    """A signed event of the one case."""
    facts = {name: more.pop(name) for name in FACTS & set(more)}
    return kit.sample_issue(
        issuer, list(to), etype=etype, seed=seed, facts=facts,
        **{"case": CASE, "convd": CONVD, "declared": DECLARED, **more},
    )  # fmt: skip


def to(
    desk: str, purpose: str, *scopes: str, keep: str = "P30", re: tuple[Ref, ...] = ()
) -> Recipient:
    """One addressee."""
    bodies = {scope: {"text": "a note"} for scope in scopes}
    return Recipient(desk_urn("civil", desk), purpose, bodies, keep, re)


ALERT = said("edu-s", "IP", to("crip", "assess", "FACTS"), seed="1")


def instruction(seed: str, due: str) -> Issued:
    """R22 with the date by which the CRIP is to answer."""
    return said("parq-civ", "ST", to("crip", "evaluate", "IDENTITY"), seed=seed, due=due)


def alarms(bus: Bus, now: int) -> list[str]:
    """Codes of what the auditor finds alarming."""
    return [one.code for one in bus.replay(now) if one.alarm]


def same_state(bus: Bus) -> None:
    """A router that starts again knows what the living one knows."""
    for number, router in bus.routers.items():
        if bus.log(number):
            again, living = bus.rebuilt(number), router.state
            assert View(again).next_due() == View(living).next_due()
            as_rows(living)
            assert whole(again) == whole(living)


def sound(bus: Bus, at: int) -> None:
    """No alarm by then, and the log gives the state at work back."""
    assert alarms(bus, at) == []
    same_state(bus)


def told(bus: Bus, desk: str, name: str) -> list[dict[str, Any]]:
    """The claims of one kind of token in what a desk was sent."""
    tokens = [orjson.loads(row.value)["data"].get(name) for row in bus.inbox(desk)]
    return [orjson.loads(unb64u(token.split(".")[1])) for token in tokens if token]


def notices(bus: Bus, desk: str) -> list[dict[str, Any]]:
    """The notices that a desk was sent."""
    return told(bus, desk, "notice")


def deliveries(bus: Bus, desk: str) -> list[dict[str, Any]]:
    """The receipts of the deliveries that a desk was sent."""
    return told(bus, desk, "receipt")
