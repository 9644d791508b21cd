"""Step 2: what the header of a token may say: of the slip, and of the receipt."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final, Literal

from contracts.encoding import b64u, canonical, unb64u
from contracts.envelope.limits import COVER, NOTICE, RECEIPT, SLIP
from contracts.keys.jose import sign_jws
from tests.vectors.conformance.case import Making, Record, refusal
from tests.vectors.conformance.federation import ISSUER
from tests.vectors.conformance.workbench import Workbench, sign_raw

Which = Literal["slip", "receipt"]


def _header(which: Which, bench: Workbench) -> dict[str, Any]:
    kid = f"{ISSUER}-sig-2" if which == "slip" else bench.fed.router.kid
    return {"alg": "Ed25519", "kid": kid, "typ": SLIP if which == "slip" else RECEIPT}


def _headed(which: Which, **changes: Any) -> Making:
    """The key's good signature over a header that says otherwise."""

    def make(bench: Workbench) -> list[Record]:
        whole = bench.whole()
        header = _header(which, bench) | changes
        payload = unb64u(getattr(whole, which).split(".")[1])
        token = sign_raw(header, payload, bench.fed.signers[_header(which, bench)["kid"]])
        return [whole.exchanged(which, token).record()]

    return make


def _unsigned(bench: Workbench) -> list[Record]:
    """RFC 7519's unsecured JWS: an algorithm `none` and no signature."""
    whole = bench.whole()
    head = b64u(canonical(_header("slip", bench) | {"alg": "none"}))
    token = f"{head}.{whole.slip.split('.')[1]}."
    return [whole.exchanged("slip", token).record()]


def _by_public_key(bench: Workbench) -> list[Record]:
    """An HMAC whose secret is the issuer's public key: algorithm confusion."""
    whole = bench.whole()
    head = b64u(canonical(_header("slip", bench) | {"alg": "HS256"}))
    text = f"{head}.{whole.slip.split('.')[1]}"
    token = f"{text}.{b64u(hs256(bench.fed.signers[f'{ISSUER}-sig-2'].public, text))}"
    return [whole.exchanged("slip", token).record()]


def hs256(secret: bytes, text: str) -> bytes:
    """HMAC-SHA-256 of a signing input (RFC 7518 §3.2)."""
    import hmac

    return hmac.digest(secret, text.encode(), "sha256")


def _of_type(which: Which, typ: str) -> Making:
    """The same claims signed as a token of another type."""

    def make(bench: Workbench) -> list[Record]:
        whole = bench.whole()
        claims: Mapping[str, Any] = getattr(whole, f"{which}_claims")
        signer = bench.fed.signers[_header(which, bench)["kid"]]
        return [whole.exchanged(which, sign_jws(claims, typ, signer)).record()]

    return make


_case: Final = partial(refusal, section="envelope §4.1, §9")


CASES: Final = (
    _case("slip-unsigned", "A slip with the algorithm `none` and no signature", _unsigned,
          "wrong_alg", "bad_signature", "wrong_header_keys"),
    _case("slip-hmac-of-public-key", "A slip whose HMAC is keyed with the issuer’s public key",
          _by_public_key, "wrong_alg", "bad_signature"),
    _case("slip-alg-eddsa", "A good signature under the older name `EdDSA`",
          _headed("slip", alg="EdDSA"), "wrong_alg"),
    _case("slip-alg-es256", "A good signature of Ed25519 that calls itself ES256",
          _headed("slip", alg="ES256"), "wrong_alg", "bad_signature"),
    _case("slip-crit", "A slip whose header has `crit` with a member that nobody knows",
          _headed("slip", crit=["b64"], b64=True), "wrong_header_keys"),
    _case("slip-jwk", "A slip that brings its own key along",
          _headed("slip", jwk={"crv": "Ed25519", "kty": "OKP", "x": b64u(bytes(32))}),
          "wrong_header_keys"),
    _case("slip-x5u", "A slip that names an address for its certificate",
          _headed("slip", x5u="https://keys.invalid/cert"), "wrong_header_keys"),
    _case("receipt-kid-unknown", "A receipt by a key of no name that the directory has",
          _headed("receipt", kid="router-civil-9"), "unknown_key"),
    _case("receipt-alg-eddsa", "A receipt under the older name `EdDSA`",
          _headed("receipt", alg="EdDSA"), "wrong_alg"),
    _case("slip-typed-cover", "A cover’s type over the claims of a slip",
          _of_type("slip", COVER), "wrong_typ", section="envelope §4.1, §9"),
    _case("slip-typed-jwt", "The general type `JWT` over the claims of a slip",
          _of_type("slip", "JWT"), "wrong_typ", section="envelope §4.1, §9"),
    _case("receipt-typed-notice", "A notice’s type over the claims of a receipt",
          _of_type("receipt", NOTICE), "wrong_typ", section="envelope §4.1, §9"),
)  # fmt: skip
