"""Step 13: whose word a withdrawal and a given case are, by the owners' orders."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from tests.vectors.conformance.case import Case, Making, Record, refusal
from tests.vectors.conformance.federation import DAY, ISSUER, TESTED
from tests.vectors.conformance.workbench import BODIES, LooseDelivery, Workbench, digest_of

_DAYED: Final = {"FACTS": {**BODIES["FACTS"], "received_on": "2026-11-20"}}  # of an EVALREQ alone
_OF_NONE: Final = {"FACTS": {**BODIES["FACTS"], "school": "x"}}


def withdrawn(of: str, by: str) -> Making:
    """An alert of one desk, and its withdrawal by another."""

    def make(bench: Workbench) -> list[Record]:
        first = bench.whole(by=of)
        told = first.slip_claims
        claims = {
            "etype": "WITHDRAW", "purpose": "withdraw", "sub": told["sub"],
            "re": [{"iss": told["iss"], "jti": told["jti"]}],
        }  # fmt: skip
        return [first.record(), bench.delivery(by=by, claims=claims, number=2).record()]

    return make


def _given(bench: Workbench, by: str, bodies: Mapping[str, Any], **receipt: Any) -> LooseDelivery:
    """A case that a desk gives away, with its mail if any; `receipt`: the router's claims."""
    ref = {"iss": bench.fed.urn(ISSUER), "jti": bench.event()}
    claims = {"etype": "ENTRUST", "purpose": "entrust", **({"re": [ref]} if bodies else {})}
    bare = bench.delivery(by=by, claims=claims)
    slip = bare.slip_claims
    parts = tuple(bench.sealed(slip, cat, inner={"body": body}) for cat, body in bodies.items())
    listed = sorted(map(digest_of, parts)) or None
    duty = {
        "act": "ACK:received", "creditor": ref["iss"], "debtor": bench.fed.urn(TESTED),
        "event": ref,
        "due": bench.at + DAY, "id": f"{ref['jti']}/ACK:received/{by}/1", "legal": False,
    }  # fmt: skip
    told = {"clauses": dict.fromkeys(bodies, "R01"), "due": [duty] if bodies else []} | receipt
    signed = bare.having(parts=parts).reslipped(by=f"{by}-sig-2", parts=listed)
    return signed.confirmed(**told)


def _entrusted(by: str = "crip-east", bodies: Mapping[str, Any] = BODIES, **receipt: Any) -> Making:
    return lambda bench: [_given(bench, by, bodies, **receipt).record()]


def _entrusted_and_withdrawn(bench: Workbench) -> list[Record]:
    """The desk has ended since, so that its heir is told."""
    passed = _given(bench, "crip-east", BODIES)
    told = passed.slip_claims
    claims = {"etype": "WITHDRAW", "purpose": "withdraw", "sub": told["sub"], "re": told["re"]}
    return [passed.record(), bench.delivery(claims=claims, number=2).record()]


def _at_the_end(bench: Workbench) -> list[Record]:
    """Decided a minute after the order's `until`: the router recorded it later (log §6.4)."""
    decided = bench.at + 40 * DAY + 60
    return [_given(bench, "crip-east", BODIES, iat=decided, arrived=bench.at + 1).record()]


_obeyed: Final = partial(Case, section="envelope §8, rules §18", withdraws=True)
_refused: Final = partial(refusal, section="envelope §8, rules §18")
_kept: Final = partial(refusal, section="envelope §8, rules §18")


CASES: Final = (
    _obeyed("withdrawal", "An alert, then its withdrawal", make=withdrawn(ISSUER, ISSUER)),
    _obeyed("withdrawal-by-the-heir", "The alert of a desk that ends, withdrawn by its heir",
            make=withdrawn("school-1", "school-2")),
    _obeyed("withdrawal-by-the-second-heir",
        "The alert of a desk that is split, withdrawn by its second heir",
            make=withdrawn("school-1", "school-3")),
    _obeyed("withdrawal-by-the-heirs-heir",
            "The alert of a desk whose heir ended too, and without consent, since nobody was "
            "left to sign",
            make=withdrawn("school-1", "school-4")),
    _obeyed("withdrawal-of-what-was-entrusted",
        "What a desk has passed on to its heir, withdrawn by who sent it first",
            make=_entrusted_and_withdrawn),
    _refused("withdrawal-by-a-stranger", "An alert, withdrawn by a desk that follows nobody",
             withdrawn(ISSUER, "pol"), "not_own_event"),
    _refused("withdrawal-by-who-ends", "The heir’s alert, withdrawn by the desk that it follows",
             withdrawn("school-2", "school-1"), "not_own_event"),
    _refused("heir-without-quorum",
        "An alert, withdrawn by an heir whose order one owner alone has signed",
             withdrawn(ISSUER, "school-2"), "not_own_event"),
    _refused("heir-without-consent",
        "An alert, withdrawn by an heir that consented in its issuer’s place",
             withdrawn(ISSUER, "school-3"), "not_own_event"),
    _refused("heir-of-another-role",
        "An alert of the police, withdrawn by a school that was ordered as its heir",
             withdrawn("pol", "school-4"), "not_own_event"),
    _refused("heir-within-days",
        "An alert, withdrawn by an heir whose order leaves three days of overlap",
             withdrawn("school-3", "school-4"), "not_own_event"),
    _refused("heir-before-its-hour",
        "An alert, withdrawn by an heir whose order holds a month later",
             withdrawn(ISSUER, "school-4"), "not_own_event"),
    Case("entrusted", "What a desk that ends was sent, passed on to its heir",
                  "envelope §8, rules §18",
                  _entrusted()),
    Case("entrusted-case-alone", "A case that a desk gives to its heir, without content",
                  "envelope §8, rules §18", _entrusted(bodies={})),
    Case("entrusted-at-the-end",
                  "A case from a desk, a minute after the end that its order names: the router "
                  "counts from its record",
                  "envelope §8, rules §18", _at_the_end),
    Case("entrusted-body-of-another-act", "Facts passed on in the form of an evaluation request",
                  "envelope §8, rules §18", _entrusted(bodies=_DAYED)),
    _kept("entrusted-body-of-no-act", "Facts passed on in a form that no act has",
          _entrusted(bodies=_OF_NONE),
          "body_malformed", "body_field_unknown", section="envelope §3.4, bodies §1"),
    _kept("entrusted-by-a-stranger", "A case from a desk that does not end",
          _entrusted("crip-west"),
          "not_ending"),
    _kept("entrusted-to-no-heir", "A case from a desk that ends, to one that does not follow it",
          _entrusted("school-1"), "not_heir"),
)  # fmt: skip
