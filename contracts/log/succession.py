"""A desk ends and others follow it: the owners' order, and the consent of the desk that ends (log §6.4).

Owners cannot give a desk's cases away: the desk itself signs to whom they go. An heir that is named has no
heir of its own yet, so that no chain of heirs ever leads back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

from contracts.decision.effects import Effect
from contracts.errors import EnvelopeError, LogError
from contracts.keys.directory import Directory
from contracts.keys.jose import Signing, sign_jws, verify_jws

SUCCESSION: Final = "succession"
CONSENT: Final = "referral-consent+jwt"
DESK_GONE: Final = "desk_gone"  # the one reason for an order without the desk's consent
MOST_HEIRS: Final = 16
DAY_S: Final = 86_400
OVERLAP_DAYS: Final = 7, 180  # at least and at most: how long both are desks
_MOST_CONSENT: Final = 8192  # characters; one with 16 heirs has some 2,000
_CLAIMS: Final = {"realm", "n", "kind", "from", "desk", "heirs", "until"}


def succession(desk: str, heirs: Sequence[str], until: int, consent: str = "") -> dict[str, Any]:
    """The content of an order, as `make_order` takes it.

    Args:
        desk: urn of the one that ends.
        heirs: urns; the first takes what nobody else was given.
        until: instant up to which mail for the desk that ends is delivered to it, seconds.
        consent: as `sign_consent` gives it; empty: the desk is gone and cannot sign.
    """
    why = {"consent": consent} if consent else {"reason": DESK_GONE}
    return {"desk": desk, "heirs": list(heirs), "until": until, **why}


def sign_consent(realm: str, content: Mapping[str, Any], start: int, signer: Signing) -> str:
    """The consent of the desk that ends to what an order is to say.

    Args:
        content: as `succession` gives it.
        start: instant from which the order will hold, seconds.
        signer: one of the desk's own, valid at that instant.
    """
    return sign_jws(_agreed({"realm": realm, "from": start, **content}), CONSENT, signer)


def check_succession_order(
    payload: Mapping[str, Any],
    directory: Directory,
    newest: Directory,
    ended: AbstractSet[str],
) -> None:
    """Hold an order to its form, to the directory of its hour, and to the desk's own word.

    Args:
        directory: in force when the order begins to hold.
        newest: of all that were adopted before, also for later: an order may be set back in time.
        ended: urns of the desks that have heirs by earlier orders.

    Raises:
        LogError: `order_malformed`, `until_wrong`, `heir_is_desk`, `desk_unknown`, `heir_unknown`,
            `heir_other_role`, `desk_has_heirs`, `heir_has_heirs`, `consent_wrong`.
    """
    _check_form(payload)
    desk, heirs = payload["desk"], payload["heirs"]
    if desk in heirs:
        raise LogError("heir_is_desk", "the desk that ends", "another desk")
    entry = directory.desk(desk)
    if entry is None:
        raise LogError("desk_unknown", "none of the directory", "a desk in force at `from`")
    for heir in heirs:
        own = directory.desk(heir)
        if own is None:
            raise LogError("heir_unknown", "none of the directory", "desks in force at `from`")
        if (own.role, own.secrecy) != (entry.role, entry.secrecy):
            expected = f"{entry.role}, bound to secrecy alike"
            raise LogError("heir_other_role", own.role, expected)
    if desk in ended:
        raise LogError("desk_has_heirs", "a second order for one desk", "one a desk, for ever")
    if not ended.isdisjoint(heirs):
        raise LogError("heir_has_heirs", "an heir that ends itself", "desks that go on")
    _check_consent(payload, directory, newest)


def succession_effect(payload: Mapping[str, Any]) -> Effect:
    """What an order changes where it is recorded."""
    return {
        "k": SUCCESSION,
        "desk": payload["desk"],
        "heirs": payload["heirs"],
        "until": payload["until"],
    }


def _check_form(payload: Mapping[str, Any]) -> None:
    heirs, until = payload.get("heirs"), payload.get("until")
    sound = (
        set(payload) - {"prev"} in (_CLAIMS | {"consent"}, _CLAIMS | {"reason"})
        and payload.get("reason", DESK_GONE) == DESK_GONE
        and all(isinstance(payload.get(name, ""), str) for name in ("desk", "consent"))
        and isinstance(heirs, list)
        and 1 <= len(heirs) <= MOST_HEIRS
        and all(isinstance(heir, str) for heir in heirs)
        and len(set(heirs)) == len(heirs)
    )
    if not sound:
        expected = f"desk, 1 to {MOST_HEIRS} heirs, until, and consent or `{DESK_GONE}`"
        raise LogError("order_malformed", "another form", expected)
    least, most = (payload["from"] + days * DAY_S for days in OVERLAP_DAYS)
    if type(until) is not int or not least <= until <= most:
        expected = f"{OVERLAP_DAYS[0]} to {OVERLAP_DAYS[1]} days after `from`"
        raise LogError("until_wrong", "another instant", expected)


def _check_consent(payload: Mapping[str, Any], directory: Directory, newest: Directory) -> None:
    if "consent" not in payload:
        return
    desk, start = payload["desk"], payload["from"]
    stolen = {key.kid for key in newest.signing_of.get(desk, ()) if key.reason == "stolen"}
    own = {key.kid: key for key in directory.signing_of.get(desk, ()) if key.kid not in stolen}
    try:
        claims, _ = verify_jws(
            payload["consent"], CONSENT, own, at=start, place="consent", limit=_MOST_CONSENT
        )
    except EnvelopeError as error:
        raise LogError("consent_wrong", error.code, "a signature by the desk that ends") from None
    if claims != _agreed(payload):
        raise LogError("consent_wrong", "to another order", "desk, heirs, from, until of this one")


def _agreed(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What the desk that ends signs: all of the order but its place in control."""
    return {name: payload[name] for name in ("realm", "desk", "heirs", "from", "until")}
