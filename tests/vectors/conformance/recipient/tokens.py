"""Steps 2 to 5: who signed slip and receipt, when, what they claim and for whom."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.encoding import b64u
from contracts.envelope.limits import RECEIPT
from contracts.keys.jose import sign_jws
from contracts.vocabulary.schema import desk_urn, router_urn
from tests.contracts.keys.curve import with_small_r
from tests.vectors.conformance.case import Making, Record, refusal
from tests.vectors.conformance.federation import DAY, ISSUER, signing_private
from tests.vectors.conformance.workbench import Workbench, spoiled

_KID: Final = f"{ISSUER}-sig-2"
_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _slipped(*, by: str = "", **changes: Any) -> Making:
    """The issuer, or who has a key, signs other claims; the router's key vouches for them."""
    return lambda bench: [bench.whole().reslipped(by=by, **changes).record()]


def _received(*, by: str = "", **changes: Any) -> Making:
    """The router's key, or another, signs other claims of the receipt."""
    return lambda bench: [bench.whole().confirmed(by=by, **changes).record()]


def _altered(which: str, change: Callable[[str], str]) -> Making:
    """A token altered after it was signed; for an altered slip a receipt vouches."""

    def make(bench: Workbench) -> list[Record]:
        whole = bench.whole()
        return [whole.exchanged(which, change(getattr(whole, which))).record()]

    return make


def _lenient(token: str) -> str:
    """The last character's unused bits set: lenient decoders read the same bytes."""
    return token[:-1] + _ALPHABET[_ALPHABET.index(token[-1]) + 1]


def _by_a_desk(bench: Workbench) -> list[Record]:
    """A desk that can write to an inbox plays router."""
    whole = bench.whole()
    forged = sign_jws(whole.receipt_claims, RECEIPT, bench.fed.signers[f"{ISSUER}-sig-2"])
    return [whole.having(receipt=forged).record()]


def _small_r(bench: Workbench) -> list[Record]:
    """R is the point of order 1: the equation of RFC 8032 holds, and libraries differ."""
    whole = bench.whole()
    text = whole.slip.rpartition(".")[0]
    key = signing_private(bench.fed.seed, bench.fed.urn(ISSUER), _KID)
    assert isinstance(key, Ed25519PrivateKey)
    return [whole.exchanged("slip", f"{text}.{b64u(with_small_r(key, text))}").record()]


def _timed(after: int, *, arrived: bool = False) -> Making:
    """Routed so many seconds after it was issued, and where told first arrived then."""

    def make(bench: Workbench) -> list[Record]:
        at = bench.at + after
        return [bench.whole().confirmed(iat=at, arrived=at if arrived else None).record()]

    return make


_case: Final = partial(refusal, section="envelope §8, keys §2.5")


_ASE: Final = desk_urn("civil", "ase")

CASES: Final = (
    _case("slip-signature-altered", "A slip whose signature was altered",
          _altered("slip", lambda token: spoiled(token, 2)), "bad_signature"),
    _case("receipt-signature-altered", "A receipt whose signature was altered",
          _altered("receipt", lambda token: spoiled(token, 2)), "bad_signature"),
    _case("slip-r-of-small-order", "A slip whose signature’s R is of small order", _small_r,
          "bad_signature", section="keys §1.3, §3"),
    _case("slip-by-stranger", "A slip by a key that the directory does not have",
          _slipped(by="stranger-sig-1"), "unknown_key"),
    _case("slip-key-ended", "A slip by a key of the issuer’s that had ended",
          _slipped(by=f"{ISSUER}-sig-1"), "key_not_valid"),
    _case("slip-key-revoked", "A slip signed after its key was revoked",
          _slipped(by=f"{ISSUER}-sig-3"), "key_not_valid"),
    _case("slip-key-early", "A slip by a key that is not valid yet",
          _slipped(by=f"{ISSUER}-sig-4"), "key_not_valid"),
    _case("receipt-key-ended", "A receipt by a key of the router’s that had ended",
          _received(by="router-civil-1"), "key_not_valid"),
    _case("receipt-key-revoked", "A receipt signed after the router’s key was revoked",
          _received(by="router-civil-3"), "key_not_valid"),
    _case("slip-by-another-desk", "A slip in the school’s name, signed by the police’s own key",
          _slipped(by="pol-sig-2"), "claimed_authorship", section="envelope §8"),
    _case("slip-by-the-router", "A slip in the school’s name, signed by the router’s key",
          _slipped(by="router-civil-2"), "claimed_authorship", section="envelope §8"),
    _case("receipt-by-a-desk", "A receipt that a desk has signed", _by_a_desk,
          "not_by_router", section="envelope §8"),
    _case("receipt-of-another-router", "The router’s signature in the name of the other bus’s",
          _received(iss=router_urn("criminal")), "not_by_router", "receipt_malformed",
          section="envelope §8"),
    _case("slip-lenient-base64", "A slip whose last character has spare bits set",
          _altered("slip", _lenient), "base64_not_canonical", section="envelope §2.1"),
    _case("receipt-lenient-base64", "A receipt whose last character has spare bits set",
          _altered("receipt", _lenient), "base64_not_canonical", section="envelope §2.1"),
    _case("slip-four-segments", "A slip of four segments",
          _altered("slip", lambda token: f"{token}.AAAA"), "wrong_segments",
          section="envelope §4.1, §9"),
    _case("slip-claim-more", "A slip with a claim that none has",
          _slipped(to=[]), "slip_malformed", section="envelope §4.2, §5.2"),
    _case("slip-without-expiry", "A slip that never expires",
          _slipped(exp=None), "slip_malformed", section="envelope §4.2, §5.2"),
    _case("slip-realm-unknown", "A slip of a bus that does not exist",
          _slipped(realm="military"), "slip_malformed", "cloudevent_differs",
          section="envelope §4.2, §5.2"),
    _case("receipt-claim-more", "A receipt with a claim that none has",
          _received(note="x"), "receipt_malformed", section="envelope §4.2, §5.2"),
    _case("receipt-without-number", "A receipt without its number",
          _received(seq=None), "receipt_malformed", section="envelope §4.2, §5.2"),
    _case("expired", "An event that was routed after it had expired",
          _timed(7 * DAY), "expired", section="envelope §8"),
    _case("issued-ahead", "An event that was routed an hour before it was issued",
          _timed(-3600), "issued_ahead", section="envelope §8"),
    _case("released-too-late", "An event from quarantine that had come after its expiry",
          _timed(8 * DAY, arrived=True), "expired", section="envelope §8"),
    _case("slip-for-another-desk", "Another desk’s slip, under a receipt for this one",
          _slipped(aud=_ASE), "wrong_audience", "part_for_other_desk", section="envelope §8"),
    _case("receipt-for-another-desk", "A receipt for another desk, over this one’s slip",
          _received(aud=_ASE), "wrong_audience", section="envelope §8"),
)  # fmt: skip
