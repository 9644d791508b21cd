"""Steps 2 to 6: who signed slip and receipt, when, what they claim, that they are of one delivery.

Cases of three files: what the header of a token may say; its signature, times and claims; that
receipt, slip and parts agree.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.encoding import b64u, canonical, digest
from contracts.envelope.limits import COVER, NOTICE, RECEIPT, SLIP
from contracts.keys.jose import sign_jws
from contracts.vocabulary.schema import router_urn
from tests.contracts.envelope.kit import DAY, claims_of
from tests.contracts.keys.curve import with_small_r
from tests.vectors.conformance.federation import FED, ISSUER, ROUTER, signing_private, urn
from tests.vectors.conformance.workbench import (
    LooseDelivery,
    Making,
    Workbench,
    changed,
    refusal,
    spoiled,
)
from tests.vectors.specification.federation import AT

_KID: Final = f"{ISSUER}-sig-2"
_HEADS: Final = {
    "slip": {"alg": "Ed25519", "kid": _KID, "typ": SLIP},
    "receipt": {"alg": "Ed25519", "kid": ROUTER, "typ": RECEIPT},
}
_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def _altered(which: str, change: Callable[[str], str]) -> Making:
    """A token altered after it was signed; for an altered slip a receipt vouches."""

    def made(one: LooseDelivery) -> LooseDelivery:
        other = one.having(**{which: change(getattr(one, which))})
        return other.confirmed() if which == "slip" else other

    return changed(made)


def _headed(which: str, **changes: Any) -> Making:
    """The key's good signature over a header that says otherwise."""
    return _signed_by(which, FED.signers[_HEADS[which]["kid"]].sign, **changes)


def _signed_by(which: str, sign: Callable[[bytes], bytes], **changes: Any) -> Making:
    """A token whose header says otherwise, with a signature of the case's own making."""
    head = b64u(canonical(_HEADS[which] | changes))

    def made(token: str) -> str:
        text = f"{head}.{token.split('.')[1]}"
        return f"{text}.{b64u(sign(text.encode()))}"

    return _altered(which, made)


def _hs256(text: bytes) -> bytes:
    """An HMAC whose secret is the issuer's public key: algorithm confusion (RFC 7518 §3.2)."""
    return hmac.digest(FED.signers[_KID].public, text, "sha256")


_HEADER: Final = partial(refusal, section="envelope §4.1, §9")

HEADERS: Final = (
    _HEADER("slip-unsigned", "A slip with the algorithm `none` and no signature",
          _signed_by("slip", lambda _text: b"", alg="none"),
          "wrong_alg", "bad_signature", "wrong_header_keys"),
    _HEADER("slip-hmac-of-public-key", "A slip whose HMAC is keyed with the issuer’s public key",
          _signed_by("slip", _hs256, alg="HS256"), "wrong_alg", "bad_signature"),
    _HEADER("slip-alg-eddsa", "A good signature under the older name `EdDSA`",
          _headed("slip", alg="EdDSA"), "wrong_alg"),
    _HEADER("slip-alg-es256", "A good signature of Ed25519 that calls itself ES256",
          _headed("slip", alg="ES256"), "wrong_alg", "bad_signature"),
    _HEADER("slip-crit", "A slip whose header has `crit` with a member that nobody knows",
          _headed("slip", crit=["b64"], b64=True), "wrong_header_keys"),
    _HEADER("slip-jwk", "A slip that brings its own key along",
          _headed("slip", jwk={"crv": "Ed25519", "kty": "OKP", "x": b64u(bytes(32))}),
          "wrong_header_keys"),
    _HEADER("slip-x5u", "A slip that names an address for its certificate",
          _headed("slip", x5u="https://keys.invalid/cert"), "wrong_header_keys"),
    _HEADER("receipt-kid-unknown", "A receipt by a key of no name that the directory has",
          _headed("receipt", kid="router-civil-9"), "unknown_key"),
    _HEADER("receipt-alg-eddsa", "A receipt under the older name `EdDSA`",
          _headed("receipt", alg="EdDSA"), "wrong_alg"),
    _HEADER("slip-typed-cover", "A cover’s type over the claims of a slip",
          _headed("slip", typ=COVER), "wrong_typ"),
    _HEADER("slip-typed-jwt", "The general type `JWT` over the claims of a slip",
          _headed("slip", typ="JWT"), "wrong_typ"),
    _HEADER("receipt-typed-notice", "A notice’s type over the claims of a receipt",
          _headed("receipt", typ=NOTICE), "wrong_typ"),
)  # fmt: skip


def _slipped(**changes: Any) -> Making:
    """The issuer, or who has a key, signs other claims; the router's key vouches for them."""
    return changed(lambda one: one.reslipped(**changes))


def _received(**changes: Any) -> Making:
    """The router's key, or another, signs other claims of the receipt."""
    return changed(lambda one: one.confirmed(**changes))


def _lenient(token: str) -> str:
    """The last character's unused bits set: lenient decoders read the same bytes."""
    return token[:-1] + _ALPHABET[_ALPHABET.index(token[-1]) + 1]


def _small_r(token: str) -> str:
    """R is the point of order 1: the equation of RFC 8032 holds, and libraries differ."""
    text = token.rpartition(".")[0]
    key = signing_private(urn(ISSUER), _KID)
    assert isinstance(key, Ed25519PrivateKey)
    return f"{text}.{b64u(with_small_r(key, text))}"


def _by_a_desk(one: LooseDelivery) -> LooseDelivery:
    """A desk that can write to an inbox plays router."""
    forged = sign_jws(claims_of(one.receipt), RECEIPT, FED.signers[_KID])
    return one.having(receipt=forged)


def _timed(after: int, *, arrived: bool = False) -> Making:
    """Routed so many seconds after it was issued, and where told first arrived then."""

    def made(one: LooseDelivery) -> LooseDelivery:
        at = AT + after
        return one.confirmed(iat=at, arrived=at if arrived else None)

    return changed(made)


_ASE: Final = urn("ase")
_KEY: Final = partial(refusal, section="envelope §8, keys §2.5")
_TOKEN: Final = partial(refusal, section="envelope §8")
_CLAIM: Final = partial(refusal, section="envelope §4.2, §5.2")

TOKENS: Final = (
    _KEY("slip-signature-altered", "A slip whose signature was altered",
          _altered("slip", lambda token: spoiled(token, 2)), "bad_signature"),
    _KEY("receipt-signature-altered", "A receipt whose signature was altered",
          _altered("receipt", lambda token: spoiled(token, 2)), "bad_signature"),
    _KEY("slip-r-of-small-order", "A slip whose signature’s R is of small order",
          _altered("slip", _small_r), "bad_signature", section="keys §1.3, §3"),
    _KEY("slip-by-stranger", "A slip by a key that the directory does not have",
          _slipped(by="stranger-sig-1"), "unknown_key"),
    _KEY("slip-key-ended", "A slip by a key of the issuer’s that had ended",
          _slipped(by=f"{ISSUER}-sig-1"), "key_not_valid"),
    _KEY("slip-key-revoked", "A slip signed after its key was revoked",
          _slipped(by=f"{ISSUER}-sig-3"), "key_not_valid"),
    _KEY("slip-key-early", "A slip by a key that is not valid yet",
          _slipped(by=f"{ISSUER}-sig-4"), "key_not_valid"),
    _KEY("receipt-key-ended", "A receipt by a key of the router’s that had ended",
          _received(by="router-civil-1"), "key_not_valid"),
    _KEY("receipt-key-revoked", "A receipt signed after the router’s key was revoked",
          _received(by="router-civil-3"), "key_not_valid"),
    _TOKEN("slip-by-another-desk", "A slip in the school’s name, signed by the police’s own key",
          _slipped(by="pol-sig-2"), "claimed_authorship"),
    _TOKEN("slip-by-the-router", "A slip in the school’s name, signed by the router’s key",
          _slipped(by=ROUTER), "claimed_authorship"),
    _TOKEN("receipt-by-a-desk", "A receipt that a desk has signed", changed(_by_a_desk),
          "not_by_router"),
    _TOKEN("receipt-of-another-router", "The router’s signature in the name of the other bus’s",
          _received(iss=router_urn("criminal")), "not_by_router", "receipt_malformed"),
    _TOKEN("slip-lenient-base64", "A slip whose last character has spare bits set",
          _altered("slip", _lenient), "base64_not_canonical", section="envelope §2.1"),
    _TOKEN("receipt-lenient-base64", "A receipt whose last character has spare bits set",
          _altered("receipt", _lenient), "base64_not_canonical", section="envelope §2.1"),
    _HEADER("slip-four-segments", "A slip of four segments",
          _altered("slip", lambda token: f"{token}.AAAA"), "wrong_segments"),
    _CLAIM("slip-claim-more", "A slip with a claim that none has",
          _slipped(to=[]), "slip_malformed"),
    _CLAIM("slip-without-expiry", "A slip that never expires",
          _slipped(exp=None), "slip_malformed"),
    _CLAIM("slip-realm-unknown", "A slip of a bus that does not exist",
          _slipped(realm="military"), "slip_malformed", "cloudevent_differs"),
    _CLAIM("receipt-claim-more", "A receipt with a claim that none has",
          _received(note="x"), "receipt_malformed"),
    _CLAIM("receipt-without-number", "A receipt without its number",
          _received(seq=None), "receipt_malformed"),
    _TOKEN("expired", "An event that was routed after it had expired",
          _timed(7 * DAY), "expired"),
    _TOKEN("issued-ahead", "An event that was routed an hour before it was issued",
          _timed(-3600), "issued_ahead"),
    _TOKEN("released-too-late", "An event from quarantine that had come after its expiry",
          _timed(8 * DAY, arrived=True), "expired"),
    _TOKEN("slip-for-another-desk", "Another desk’s slip, under a receipt for this one",
          _slipped(aud=_ASE), "wrong_audience", "part_for_other_desk"),
    _TOKEN("receipt-for-another-desk", "A receipt for another desk, over this one’s slip",
          _received(aud=_ASE), "wrong_audience"),
)  # fmt: skip


def _parted(change: Callable[[LooseDelivery], tuple[str, ...]]) -> Making:
    """Other parts behind the router."""
    return changed(lambda one: one.having(parts=change(one)))


def _of_twin(which: str) -> Making:
    """A token of another delivery of the same issuer to the same desk."""
    return changed(lambda one: one.having(**{which: getattr(one.bench.whole(), which)}))


def _with_more(bench: Workbench) -> LooseDelivery:
    """A part more, of which neither issuer nor router has said anything."""
    two = bench.delivery("FACTS", "IDENTITY")
    return two.having(parts=(*two.parts, bench.sealed(claims_of(two.slip), "HEALTH.vital")))


AGREEMENT: Final = (
    _TOKEN("part-swapped", "A part of another event of the same issuer in place of its own",
          _parted(lambda one: (one.bench.whole().parts[0], *one.parts[1:])), "parts_differ"),
    _TOKEN("part-removed", "A part taken away behind the router",
          _parted(lambda one: one.parts[:2]), "parts_differ"),
    _TOKEN("part-repeated", "A part there twice",
          _parted(lambda one: (*one.parts, one.parts[0])), "parts_differ", "part_twice"),
    _TOKEN("part-added", "A part added behind the router",
          lambda bench: [_with_more(bench).record()], "parts_differ", "part_unlisted"),
    _TOKEN("part-altered", "A part whose ciphertext was altered after the receipt",
          _parted(lambda one: (spoiled(one.parts[0], 3), *one.parts[1:])), "parts_differ"),
    _TOKEN("part-tag-altered", "A part whose tag was altered after the receipt",
          _parted(lambda one: (spoiled(one.parts[0], 4), *one.parts[1:])), "parts_differ"),
    _TOKEN("slip-of-another-event", "Another event’s slip under this one’s receipt",
          _of_twin("slip"), "receipt_for_other_slip"),
    _TOKEN("receipt-of-another-event", "Another event’s receipt over this one’s slip",
          _of_twin("receipt"), "receipt_for_other_slip"),
    _TOKEN("receipt-names-no-slip-here", "A receipt of the router’s that names a slip of nobody’s",
          _received(slip=digest("nobody’s")), "receipt_for_other_slip"),
    _TOKEN("part-unlisted", "A part that the router vouches for and the issuer never listed",
          lambda bench: [_with_more(bench).confirmed().record()], "part_unlisted"),
    _TOKEN("receipt-unsorted", "A receipt whose list of parts is not sorted",
          changed(lambda one: one.confirmed(
              parts=sorted(claims_of(one.receipt)["parts"], reverse=True))),
          "parts_differ", "receipt_malformed"),
)  # fmt: skip
