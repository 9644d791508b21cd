"""ES256 by the directory entry of a key: one spelling a signature, no confusion."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from contracts.encoding import b64u, canonical
from contracts.envelope.receive import open_delivery
from contracts.envelope.verify import verify_published
from contracts.keys import es256, jose, keyring
from contracts.keys.checked_desk import check_signing
from contracts.keys.directory import Directory, SigningKey
from contracts.keys.directory_form import SigningEntry, read_form
from contracts.keys.signers import Es256Signer
from contracts.keys.verification import ED25519, ES256
from tests.contracts.envelope import kit
from tests.contracts.envelope.refusal import refused

PRIVATE: Final = ec.derive_private_key(20261126, ec.SECP256R1())
SIGNER: Final = Es256Signer("edu-s-s2", kit.realm().urn("edu-s"), PRIVATE)
ROUTER: Final = Es256Signer("router-civil-s2", kit.realm().router.owner, PRIVATE)
KEY: Final = SigningKey(SIGNER.kid, ES256, SIGNER.owner, SIGNER.public, 0, 2**40)


def entry(own: Es256Signer) -> dict[str, Any]:
    """A key's entry, valid around now."""
    return keyring.signing_entry(own, own.public, own.owner, kit.NOW - kit.DAY, kit.NOW + kit.DAY)


@lru_cache(maxsize=1)
def directory() -> Directory:
    """A directory in which a school's desk and the router each have a key of P-256 too."""
    payload = {**kit.realm().payload, "desks": [dict(one) for one in kit.realm().payload["desks"]]}
    (desk,) = (one for one in payload["desks"] if one["desk"] == SIGNER.owner)
    desk["signing"] = [*desk["signing"], entry(SIGNER)]
    router = payload["router"]
    payload["router"] = {**router, "signing": [*router["signing"], entry(ROUTER)]}
    return keyring.check_directory(payload)


def test_an_event_signed_by_es256_is_routed_and_opened() -> None:
    """Cover and slip by the desk, receipt by the router: each by its own key of P-256."""
    issued = kit.sample_issue(signer=SIGNER, directory=directory())

    published = verify_published(kit.inbound(issued), kit.router_context(directory=directory()))

    assert published.event.cover == issued.claims
    delivered = kit.deliver(published, "crip", ROUTER)
    reader = kit.recipient_context("crip", directory=directory())
    opened = open_delivery(delivered.value, delivered.headers, reader)
    assert opened.slip.iss == SIGNER.owner


def test_a_signature_has_one_spelling() -> None:
    """R, S as made; the other S that libraries take, and what is no pair, are refused."""
    message = b"a message"
    made = SIGNER.sign(message)
    r, s = int.from_bytes(made[:32], "big"), int.from_bytes(made[32:], "big")
    assert SIGNER.sign(message) == made

    def pair(one: int, other: int) -> bytes:
        return one.to_bytes(32, "big") + other.to_bytes(32, "big")

    jose.verify_bytes(KEY, message, made)
    wrong = (
        pair(r, es256.ORDER - s), pair(r, 0), pair(0, s), pair(es256.ORDER, s), pair(r,
        es256.ORDER),
        pair(s, r), made[:-1], made + b"\0", b"", bytes(64),
    )  # fmt: skip
    for signature in wrong:
        with refused("bad_signature"):
            jose.verify_bytes(KEY, message, signature)
    with refused("bad_signature"):
        jose.verify_bytes(KEY, b"another", made)


@pytest.mark.parametrize("alg", [ED25519, "none", "HS256", "ES256K", "EdDSA"])
def test_the_key_alone_says_the_algorithm(alg: str) -> None:
    """A header that names another is refused before any signature is looked at."""
    _head, body, tail = jose.sign_jws({"iat": kit.NOW}, "t", SIGNER).split(".")
    other = jose.jws_header(SIGNER.kid, alg, "t")

    with refused("wrong_alg"):
        jose.open_jws(
            f"{other}.{body}.{tail}", "t", {KEY.kid: KEY}, at=None, place="token", limit=1000
        )


def test_a_key_of_one_algorithm_verifies_nothing_of_the_other() -> None:
    """The bytes of a point are no Ed25519 key, nor 32 bytes a point."""
    plain = kit.realm().signers["edu-s"]
    for alg, own in ((ED25519, SIGNER), (ES256, plain)):
        key = SigningKey("k", alg, own.owner, own.public, 0, 1)
        with refused("bad_signature"):
            jose.verify_bytes(key, b"m", own.sign(b"m"))


def test_what_a_directory_refuses_of_p_256() -> None:
    """A point off the curve, a coordinate over the prime, one missing, another's proof."""
    sound = entry(SIGNER)
    x = int.from_bytes(SIGNER.public[1:33], "big")
    over = (2**256 - 1).to_bytes(32, "big")
    cases = (
        ({"x": b64u((x ^ 1).to_bytes(32, "big"))}, "key_not_on_curve"),
        ({"x": b64u(over)}, "key_not_on_curve"),
        ({"alg": ED25519}, "malformed"),
        ({"y": None}, "malformed"),
        ({"proof": b64u(bytes(64))}, "no_possession"),
        ({"not_after": kit.NOW + 2 * kit.DAY}, "no_possession"),
    )
    for change, code in cases:
        row = {name: one for name, one in (sound | change).items() if one is not None}
        with refused(code):
            check_signing(read_form(SigningEntry, canonical(row), "an entry"), SIGNER.owner)
