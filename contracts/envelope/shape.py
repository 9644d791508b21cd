"""What a cover must satisfy beyond its types: what its claims say of one another.

Issuers check it before signing, routers after verifying, auditors again. It asks neither
convention nor state: whether something is *allowed* is not a question of shape.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

from contracts.envelope.model import CLOCK_SKEW, MAX_LIFETIME, MAX_PARTS, Cover
from contracts.errors import EnvelopeError
from contracts.vocabulary.scopes import PING

# Events that are told to nobody but their issuer.
_TO_NOBODY: Final = ("LINK", "UNLINK", "LOOKUP", PING)
# How far a clear fact may lie from `iat`, in days before and after (envelope §4.2).
# One day is slack: `iat` is in UTC, facts are dates in Paris. An end may be told late as well.
_BOUNDS: Final = {
    "decided_on": (60, 1),
    "received_on": (60, 1),
    "due": (1, 366),
    "ends_on": (60, 3 * 366),
}


def check_cover(cover: Cover) -> None:
    """Refuse a cover whose claims contradict one another.

    Raises:
        EnvelopeError: `wrong_lifetime`, `wrong_realm`, `desk_twice`, `too_many_parts`,
            `parts_not_sorted`, `no_addressee`, `addressee_not_allowed`, `purpose_missing`,
            `attempt_malformed`, `linked_malformed`, `stage_malformed`, `ends_without_end`,
            `nothing_declared`, `call_after_event`, `not_a_date`, `fact_out_of_bounds`.
    """
    if not cover.iat < cover.exp <= cover.iat + MAX_LIFETIME:
        limit = f"up to {MAX_LIFETIME} s after `iat`"
        raise EnvelopeError("wrong_lifetime", "another", limit, "cover.exp")
    own = f"urn:relais:{cover.realm}:"
    for urn, place in _urns(cover):
        if not urn.startswith(own):
            raise EnvelopeError("wrong_realm", "another realm", cover.realm, place)
    _check_addressees(cover)
    _check_parts(cover)
    _check_system(cover)
    _check_facts(cover)


def _urns(cover: Cover) -> list[tuple[str, str]]:
    """Every desk that a cover names, and where: nothing refers from one realm to the other."""
    urns = [(cover.iss, "cover.iss")]
    urns += [(ref.iss, "cover.ends") for ref in cover.ends or ()]
    for addressee in cover.to:
        urns.append((addressee.desk, "cover.to"))
        urns += [(ref.iss, "cover.to.re") for ref in addressee.re or ()]
    urns += [(left.desk, "cover.left_out") for left in cover.left_out or ()]
    return urns


def _check_addressees(cover: Cover) -> None:
    for named, place in ((cover.to, "cover.to"), (cover.left_out or (), "cover.left_out")):
        if len({one.desk for one in named}) != len(named):
            raise EnvelopeError("desk_twice", "one twice", "a desk once", place)
    to_nobody = cover.etype in _TO_NOBODY
    if to_nobody and cover.to:
        raise EnvelopeError("addressee_not_allowed", "some", "no addressee", "cover.to")
    if not to_nobody and not cover.to:
        raise EnvelopeError("no_addressee", "none", "at least one", "cover.to")
    if cover.attempt:
        _check_attempt(cover)
    elif any(addressee.purpose is None for addressee in cover.to):
        raise EnvelopeError("purpose_missing", "none", "a purpose an addressee", "cover.to")


def _check_attempt(cover: Cover) -> None:
    """An attempt names whom and what kind, and carries nothing else."""
    more = cover.declared is not None or any(
        addressee.purpose is not None or addressee.parts is not None or addressee.re is not None
        for addressee in cover.to
    )
    if more:
        raise EnvelopeError("attempt_malformed", "more", "desks and left-out scopes only", "cover")


def _check_parts(cover: Cover) -> None:
    total = 0
    for at, addressee in enumerate(cover.to):
        parts = addressee.parts
        if parts is None:
            continue
        total += len(parts)
        if not parts or list(parts) != sorted(set(parts)):
            place = f"cover.to[{at}].parts"
            raise EnvelopeError("parts_not_sorted", "another order", "each once, sorted", place)
    if total > MAX_PARTS:
        raise EnvelopeError("too_many_parts", str(total), f"at most {MAX_PARTS}", "cover.to")


def _check_system(cover: Cover) -> None:
    if (cover.linked is not None) != (cover.etype in ("LINK", "UNLINK")):
        raise EnvelopeError("linked_malformed", "another type", "LINK or UNLINK", "cover.linked")
    if (cover.stage is not None) != (cover.etype == "ACK"):
        raise EnvelopeError("stage_malformed", "another type", "a stage in an ACK", "cover.stage")
    if cover.ends is not None and cover.phase != "end":
        raise EnvelopeError("ends_without_end", "another phase", "`end`", "cover.phase")
    if cover.declared is not None and all(said is None for said in vars(cover.declared).values()):
        raise EnvelopeError("nothing_declared", "an empty object", "none", "cover.declared")
    call = cover.declared.call if cover.declared is not None else None
    if call is not None and call.at > cover.iat + CLOCK_SKEW:
        raise EnvelopeError("call_after_event", "later", "the call first", "cover.declared.call")


def _check_facts(cover: Cover) -> None:
    if cover.linked is not None:
        _day(cover.linked.date, "cover.linked.date")
    for name, (before, after) in _BOUNDS.items():
        text = getattr(cover, name)
        if text is None:
            continue
        issued = datetime.fromtimestamp(cover.iat, UTC).date()
        day = _day(text, f"cover.{name}")
        if not timedelta(-before) <= day - issued <= timedelta(after):
            limit = f"{before} days before to {after} after `iat`"
            raise EnvelopeError("fact_out_of_bounds", "another date", limit, f"cover.{name}")


def _day(text: str, place: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise EnvelopeError("not_a_date", "another", "a day of the calendar", place) from None
