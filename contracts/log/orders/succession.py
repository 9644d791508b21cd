"""A desk ends and others follow: the owners' order, and that desk's consent (log §6.4).

Owners cannot give a desk's cases away: the desk itself signs to whom they go, by the keys that were
its own before any of whoever asks. An heir that is named has no heir of its own yet, so that no
chain of heirs ever leads back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

from contracts.decision.state.effects import Effect
from contracts.errors import EnvelopeError, LogError
from contracts.keys.directory import Directory, SigningKey
from contracts.keys.jose import Signing, sign_jws, verify_jws
from contracts.log.orders.listed_keys import ListedKey, ListedKeys

SUCCESSION: Final = "succession"
CONSENT: Final = "referral-consent+jwt"
DESK_GONE: Final = "desk_gone"  # the one reason for an order without the desk's consent
MOST_HEIRS: Final = 16
DAY_S: Final = 86_400
OVERLAP_DAYS: Final = 7, 180  # at least and at most: how long both are desks
_MOST_CONSENT: Final = 8192  # characters of a signature; one with 16 heirs has some 2,000
_MOST_SIGNATURES: Final = 16
_CLAIMS: Final = {"realm", "n", "kind", "from", "desk", "heirs", "until"}


def succession(
    desk: str, heirs: Sequence[str], until: int, consent: Sequence[str] = ()
) -> dict[str, Any]:
    """The content of an order, as `make_order` takes it.

    Args:
        desk: urn of the one that ends.
        heirs: urns; the first takes what nobody else was given.
        until: instant up to which mail for the desk that ends is delivered to it, seconds.
        consent: as `sign_consent` gives it; empty: the desk is gone and cannot sign.
    """
    why = {"consent": list(consent)} if consent else {"reason": DESK_GONE}
    return {"desk": desk, "heirs": list(heirs), "until": until, **why}


def sign_consent(
    realm: str, content: Mapping[str, Any], start: int, *signers: Signing
) -> list[str]:
    """The consent of the desk that ends to what an order is to say: the same words under each key.

    Args:
        content: as `succession` gives it.
        start: instant from which the order will hold, seconds.
        signers: the desk's own keys whose term has not come at that instant.
    """
    agreed = _agreed({"realm": realm, "from": start, **content})
    return [sign_jws(agreed, CONSENT, signer) for signer in signers]


def check_succession_order(
    payload: Mapping[str, Any],
    directory: Directory,
    newest: Directory,
    listed: ListedKeys,
    ended: AbstractSet[str],
) -> None:
    """Hold an order to its form, to the directory of its hour, and to the desk's own word.

    Args:
        directory: in force when the order begins to hold.
        newest: of all that were adopted before, also for later: an order may be set back in time.
        listed: the keys of all that were adopted before.
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
    if "consent" in payload:
        _check_consent(payload, newest, listed.of(desk))


def mail_until(payload: Mapping[str, Any], at: int) -> int:
    """Up to when a desk that ends is delivered to: as ordered, at least the least overlap.

    An order may be set back in time, and only who recorded it knows since when it could be known.

    Args:
        at: when it was recorded or, for who does not read the log, stood on control; seconds.
    """
    until: int = payload["until"]
    return max(until, at + OVERLAP_DAYS[0] * DAY_S)


def succession_effect(payload: Mapping[str, Any], at: int) -> Effect:
    """What an order changes where it is recorded.

    Args:
        at: instant of the record, seconds.
    """
    return {
        "k": SUCCESSION,
        "desk": payload["desk"],
        "heirs": payload["heirs"],
        "until": mail_until(payload, at),
    }


def _check_form(payload: Mapping[str, Any]) -> None:
    heirs, until = payload.get("heirs"), payload.get("until")
    sound = (
        set(payload) - {"prev"} in (_CLAIMS | {"consent"}, _CLAIMS | {"reason"})
        and payload.get("reason", DESK_GONE) == DESK_GONE
        and isinstance(payload["desk"], str)
        and _are_texts(heirs, MOST_HEIRS)
        and len(set(payload["heirs"])) == len(payload["heirs"])
        and ("consent" not in payload or _are_texts(payload["consent"], _MOST_SIGNATURES))
    )
    if not sound:
        expected = f"desk, 1 to {MOST_HEIRS} heirs, until, and consent or `{DESK_GONE}`"
        raise LogError("order_malformed", "another form", expected)
    least, most = (payload["from"] + days * DAY_S for days in OVERLAP_DAYS)
    if type(until) is not int or not least <= until <= most:
        expected = f"{OVERLAP_DAYS[0]} to {OVERLAP_DAYS[1]} days after `from`"
        raise LogError("until_wrong", "another instant", expected)


def _are_texts(value: object, most: int) -> bool:
    return (
        isinstance(value, list)
        and 1 <= len(value) <= most
        and all(isinstance(one, str) for one in value)
    )


def _check_consent(
    payload: Mapping[str, Any],
    newest: Directory,
    listed: Sequence[ListedKey],
) -> None:
    """By a valid key and by each that was the desk's before: the keeper could list any.

    A key is waited for to the end that it has signed itself, not to the one that was said of it
    since. It is valid by the newest directory, and not before that was made: a consent that was
    never used ends with the key that gave it.
    """
    desk, start = payload["desk"], payload["from"]
    at = max(start, newest.issued)
    waited = [one for one in listed if start < one.key.not_after]
    stolen = {key.public for key in newest.signing_of.get(desk, ()) if key.reason == "stolen"}
    own = {one.key.kid: one.key for one in reversed(waited) if one.key.public not in stolen}
    signed = _signed(payload, own)
    valid = {
        key.public
        for key in newest.signing_of.get(desk, ())
        if key.not_before <= at < key.not_after
    }
    first = next((one.place for one in waited if one.key.public in signed & valid), None)
    if first is None:
        raise LogError("consent_wrong", "no valid key", "a signature by a key valid at `from`")
    for one in waited:
        if one.place < first and one.key.public not in signed:
            expected = f"{one.key.kid} beside it, which was the desk's before"
            raise LogError("consent_wrong", "a key that signs alone", expected)


def _signed(payload: Mapping[str, Any], own: Mapping[str, SigningKey]) -> set[bytes]:
    """The public keys that have signed just this order."""
    signed = set()
    for token in payload["consent"]:
        try:
            claims, key = verify_jws(
                token, CONSENT, own, at=payload["from"], place="consent", limit=_MOST_CONSENT
            )
        except EnvelopeError as error:
            expected = "signatures by the desk that ends"
            raise LogError("consent_wrong", error.code, expected) from None
        if claims != _agreed(payload):
            expected = "desk, heirs, from, until of this one"
            raise LogError("consent_wrong", "to another order", expected)
        signed.add(key.public)
    return signed


def _agreed(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What the desk that ends signs: all of the order but its place in control."""
    return {name: payload[name] for name in ("realm", "desk", "heirs", "from", "until")}
