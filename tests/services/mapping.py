"""How the agencies' mapping tests look at drafts."""

from __future__ import annotations

from typing import Any

from contracts.convention.load import load
from contracts.conventions import shipped
from contracts.decision.draft import Draft
from contracts.envelope.model import Slip
from contracts.vocabulary.schema import short
from services.agency.trade import trade_of
from tests.samples import DESKS

CONVENTION = load(shipped())


def purposes(draft: Draft) -> dict[str, str | None]:
    """desk -> purpose."""
    return {one.desk: one.purpose for one in draft.to}


def not_released(draft: Draft, desk: str) -> set[str]:
    """The scopes meant for a desk that its clause does not release."""
    (addressee,) = (one for one in draft.to if one.desk == desk)
    question = (DESKS[draft.issuer], draft.etype, addressee.purpose or "", DESKS[desk])
    grant = CONVENTION.grant(draft.realm, *question)
    released = grant.released if grant is not None else frozenset[str]()
    return set(addressee.portions) - released


def body(draft: Draft, desk: str, scope: str) -> dict[str, Any]:
    """The wire form of a body for one desk."""
    (addressee,) = (one for one in draft.to if one.desk == desk)
    return addressee.portions[scope].body.wire()


def handed(agency: str, arrived: Slip, bodies: dict[str, Any]) -> dict[str, Any]:
    """What an agency is handed of a slip by whose clause the recipient owes what it owes."""
    return trade_of(agency).words.arrival(arrived, bodies, owed(arrived))


def owed(arrived: Slip) -> list[str]:
    """The duties that the convention gives the recipient of a slip, as a receipt names them."""
    issuer, recipient = DESKS[short(arrived.iss)], DESKS[short(arrived.aud)]
    question = (issuer, arrived.etype, arrived.purpose or "", recipient)
    grant = CONVENTION.grant(arrived.realm, *question)
    return [
        ":".join(filter(None, ("|".join(spec.acts), "|".join(spec.stages))))
        for spec in (grant.duties if grant else ())
        if spec.debtor == "recipient" and (not spec.recipients or recipient in spec.recipients)
    ]


def slip(etype: str, purpose: str, desk: str, issuer: str = "crip", **more: Any) -> Slip:
    """A slip as a recipient has verified it."""
    return Slip(
        iss=f"urn:relais:civil:desk:{issuer}",
        jti="01939e3a-0000-7000-8000-000000000001",
        iat=1795798800,
        exp=1795800000,
        realm="civil",
        etype=etype,
        convd="c" * 43,
        sub="b" * 43,
        aud=f"urn:relais:civil:desk:{desk}",
        purpose=purpose,
        **more,
    )
