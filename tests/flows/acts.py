"""Short ways to act in the world: events straight from drafts, and what was decided of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson

from contracts.decision.draft import Draft, DraftAddressee, Portion
from contracts.encoding import b64u, sha256
from contracts.vocabulary import topics
from contracts.vocabulary.conditions import Call, Declared, Informed
from contracts.vocabulary.schema import Linked, Ref, desk_urn
from tests.contracts.decision.state.tables import check_same
from tests.contracts.envelope.kit import Note, claims_of
from tests.world import BEGIN, World

CASE: Final = b64u(sha256(b"a case of the flows"))
OTHER: Final = b64u(sha256(b"another case of the flows"))
REFERENCE: Final = b64u(sha256(b"a reference")[:16])

# Every declared condition met, so that a test can take one away.
DECLARED: Final[dict[str, Any]] = {
    "informed": Informed(parents="informed", minor="informed"),
    "call": Call(to="duty_magistrate", at=BEGIN - 600, ref=REFERENCE),
    "auth": REFERENCE,
    "danger": True,
    "inquiry": True,
    "parents_told": "written",
    "parents_agree": True,
    "measure_open": True,
}

To = tuple[str, str | None, str]  # desk, purpose, scopes separated by spaces


def ref(issuer: str, event: str, realm: str = "civil") -> Ref:
    """A reference to an event."""
    return Ref(iss=desk_urn(realm, issuer), jti=event)


def draft(
    issuer: str,
    etype: str,
    *to: To,
    re: Sequence[Ref] = (),
    realm: str = "civil",
    case: str = CASE,
    declared: Mapping[str, Any] | None = None,
    linked: Linked | None = None,
    ends: Sequence[Ref] = (),
    **facts: Any,
) -> Draft:
    """A draft with a note in each scope; every condition is declared unless `declared` says."""
    addressees = tuple(
        DraftAddressee(
            desk,
            purpose,
            {scope: Portion(Note(text=f"{scope} for {desk}"), ()) for scope in scopes.split()},
            tuple(re),
        )
        for desk, purpose, scopes in to
    )
    given = DECLARED if declared is None else declared
    return Draft(
        issuer=issuer, realm=realm, etype=etype, to=addressees, reference="", case=case,
        declared=Declared(**given) if given else None, linked=linked, ends=tuple(ends),
        facts={"phase": "end", **facts} if ends else facts,
    )  # fmt: skip


def raw(world: World, issuer: str, etype: str, *to: To, **more: Any) -> str:
    """Publish past the service, route; the event's id."""
    (event,) = world.publish_raw(issuer, draft(issuer, etype, *to, **more))
    world.settle()
    return event


def ack(
    world: World, desk: str, issuer: str, event: str, stage: str = "received", **more: Any
) -> str:
    """Acknowledge past the service."""
    where = more.pop("re", [ref(issuer, event, more.get("realm", "civil"))])
    to = (issuer, "acknowledge", "")
    return raw(world, desk, "ACK", to, re=where, declared={}, stage=stage, **more)


def decided(world: World, event: str, desk: str) -> dict[str, Any]:
    """What was decided of an event for one desk."""
    for one in world.decision_on(event).get("addressees", ()):
        if one["desk"].endswith(f":{desk}"):
            found: dict[str, Any] = one
            return found
    return {}


def owed(world: World, *desks: str) -> list[str]:
    """`debtor act` of every open duty of these desks (all, if none is named), sorted."""
    return sorted(
        f"{desk} {duty['act']}" for desk in desks or world.roles for duty in world.duties(desk)
    )


def notices(world: World, desk: str, *kinds: str) -> list[dict[str, Any]]:
    """What the router told a desk, by the log's evidence: its inbox, without a service."""
    agency, told = world.office(desk).agency.name, []
    for row in world.rows(topics.inbox("civil", agency)):
        token = orjson.loads(row.value or b"")["data"].get("notice")
        claims = claims_of(token) if token else {}
        if claims.get("aud") == desk_urn("civil", desk) and claims["kind"] in kinds:
            told.append(claims)
    return told


def duty(world: World, desk: str, act: str) -> dict[str, Any]:
    """The one open duty of a desk with that act."""
    (found,) = (duty for duty in world.duties(desk) if duty["act"] == act)
    return dict(found)


def recorded(world: World, kind: str) -> list[int]:
    """The instants of all records of a kind, both realms."""
    records = [orjson.loads(one.value or b"{}") for one in world.rows(".decisions")]
    return sorted(record["at"] for record in records if record["kind"] == kind)


def paris(world: World, text: str) -> int:
    """The instant of a Paris wall time `2026-09-08 23:59:59`."""
    moment, calendar = datetime.fromisoformat(text), world.convention.calendar
    return calendar.instant(moment.date(), moment.hour, moment.minute) + moment.second


def same_state(world: World) -> None:
    """Every partition's rebuilt state equals the living one, and the log replays clean."""
    for (realm, number), router in world.routers.items():
        check_same(world.rebuilt(realm, number), router.state)
    assert world.audit()["clean"], world.audit()["findings"]
