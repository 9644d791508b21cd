"""The two JOSE shapes that Relais uses, and nothing else: compact JWS and compact JWE.

Signatures are Ed25519 (RFC 8032, RFC 9864) or, by the directory entry of a key, ES256; parts are
ECDH-ES+A256KW over X25519 or, by the entry again, over P-256 (RFC 7516, 7518, 8037), with A256GCM.
Nothing is driven by a header: its keys are an exact set, its `typ` the caller's, its `alg` the
directory key's own. What is not here cannot be asked for: `none`, RSA, PBES2, `zip`, `b64`, `crit`,
`jwk`, `jku`, `x5*`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from functools import lru_cache
from typing import Any, Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from contracts.encoding import b64u, canonical, parse, segments, unb64u_checked
from contracts.errors import EnvelopeError, SignatureError
from contracts.keys import agreement
from contracts.keys.agreement import Random
from contracts.keys.entries import EncryptionKey, SigningKey
from contracts.keys.sealing_kinds import ECDH, SealingPrivate
from contracts.keys.verification import verifies
from contracts.values import value_class

A256GCM: Final = "A256GCM"
MAX_HEADER_BYTES: Final = 1024  # ours have 70 (JWS) to 450 (JWE) bytes
_JWS_KEYS: Final = frozenset({"alg", "kid", "typ"})
_A256KW: Final = 54  # characters of a wrapped content key: 40 bytes


class Signing(Protocol):
    """What `sign_jws` needs of a signer; see `contracts.keys.keyring.Signer`."""

    @property
    def kid(self) -> str:
        """Key id, as the directory lists it."""

    @property
    def alg(self) -> str:
        """The key's own algorithm."""

    def sign(self, message: bytes) -> bytes:
        """The signature of the message."""


@value_class(frozen=True, slots=True)
class Jws:
    """A token whose signature verified.

    Attributes:
        payload: the signed bytes, canonical JSON.
        claims: the same, parsed.
        key: the directory's key that verified it.
    """

    payload: bytes = field(repr=False)
    claims: dict[str, Any] = field(repr=False)
    key: SigningKey


@lru_cache(maxsize=4096)
def jws_header(kid: str, alg: str, typ: str) -> str:
    """The first segment of a JWS of ours: no other text is accepted for these three values."""
    return b64u(canonical({"alg": alg, "kid": kid, "typ": typ}))


def sign_jws(payload: Mapping[str, Any], typ: str, signer: Signing) -> str:
    """Sign canonical JSON as a compact JWS (RFC 7515)."""
    return sign_text(canonical(payload), typ, signer)


def sign_text(payload: bytes, typ: str, signer: Signing) -> str:
    """Sign what is canonical JSON already."""
    text = f"{jws_header(signer.kid, signer.alg, typ)}.{b64u(payload)}"
    return f"{text}.{b64u(signer.sign(text.encode('ascii')))}"


def open_jws(
    token: str,
    typ: str,
    keys: Mapping[str, SigningKey],
    *,
    at: int | None,
    place: str,
    limit: int,
    read: Callable[..., dict[str, Any]] = parse,
) -> Jws:
    """Verify a compact JWS in the order of envelope §7.

    Args:
        typ: the only `typ` accepted.
        keys: kid -> key, of one realm's directory.
        at: instant at which the key must be valid, seconds; None: the payload's own `iat`.
        place: of the token in the input, for errors.
        limit: most characters of the token.
        read: parses the payload, with `limit` and `place` as `encoding.parse` has them.

    Raises:
        EnvelopeError: `too_large`, `wrong_segments`, `base64_not_canonical`, those of
            `encoding.parse`, `no_iat`, `unknown_key`, `key_not_valid`, `wrong_header_keys`,
            `wrong_typ`, `wrong_alg`.
        SignatureError: `bad_signature`.
    """
    # 1. Size before parsing.
    if len(token) > limit:
        raise EnvelopeError("too_large", f"{len(token)} characters", f"at most {limit}", place)
    # 2. Three segments, canonical base64url, canonical JSON.
    head, body, tail = segments(token, 3, place)
    header = _read_header(head, f"{place}.header")
    payload = unb64u_checked(body)
    claims = read(payload, limit=limit, place=f"{place}.payload")
    # 3. kid -> key, valid when the payload says that it was issued.
    key = _key(header.get("kid"), keys, place)
    _check_validity(key, claims.get("iat") if at is None else at, place)
    # 4. The exact set of header keys; `typ` the caller's; `alg` the key's own.
    _check_header(header, key, typ, place)
    # 5. The signature.
    signed = memoryview(token.encode("ascii"))[: -len(tail) - 1]  # not a copy: of some, megabytes
    verify_bytes(key, signed, unb64u_checked(tail), place)
    return Jws(payload, claims, key)


def verify_jws(
    token: str, typ: str, keys: Mapping[str, SigningKey], *, at: int | None, place: str, limit: int
) -> tuple[dict[str, Any], SigningKey]:
    """The claims of a token and the key that signed them; arguments and errors of `open_jws`."""
    jws = open_jws(token, typ, keys, at=at, place=place, limit=limit)
    return jws.claims, jws.key


def kid_of(token: str) -> str:
    """The key id that a token of ours names, before it is verified; empty if it names none.

    Raises:
        EnvelopeError: it has no header.
    """
    kid = _read_header(token.partition(".")[0], "header").get("kid")
    return kid if isinstance(kid, str) else ""


def verify_bytes(
    key: SigningKey, message: bytes | memoryview, signature: bytes, place: str = ""
) -> None:
    """Verify a bare signature (directory entries, leaves) with a directory key.

    Raises:
        SignatureError: `bad_signature`.
    """
    if not verifies(key.alg, key.public, message, signature):
        raise SignatureError("bad_signature", "one that does not verify", "", place)


@lru_cache(maxsize=4096)
def _read_header(head: str, place: str) -> dict[str, Any]:
    """A header, parsed once: a desk's tokens of one typ all begin with the same text."""
    return parse(unb64u_checked(head), limit=MAX_HEADER_BYTES, place=place)


def _key(kid: object, keys: Mapping[str, SigningKey], place: str) -> SigningKey:
    key = keys.get(kid) if isinstance(kid, str) else None
    if key is None:
        raise EnvelopeError("unknown_key", "a kid", "one of the directory", f"{place}.header.kid")
    return key


def _check_validity(key: SigningKey, at: object, place: str) -> None:
    if type(at) is not int:
        raise EnvelopeError("no_iat", "none", "an instant in seconds", f"{place}.payload.iat")
    if not key.not_before <= at < key.not_after:
        raise EnvelopeError(
            "key_not_valid", str(at), f"{key.not_before} to {key.not_after}", f"{place}.header.kid"
        )


def _check_header(header: dict[str, Any], key: SigningKey, typ: str, place: str) -> None:
    if header.keys() != _JWS_KEYS:
        raise EnvelopeError("wrong_header_keys", "others", "alg, kid, typ", f"{place}.header")
    if header["typ"] != typ:
        raise EnvelopeError("wrong_typ", "another type", typ, f"{place}.header.typ")
    if header["alg"] != key.alg:
        raise EnvelopeError("wrong_alg", "another algorithm", key.alg, f"{place}.header.alg")


def seal_jwe(
    plaintext: bytes, header: Mapping[str, Any], key: EncryptionKey, random: Random
) -> str:
    """Seal for one recipient: fresh ephemeral key, content key and IV (RFC 7516, 7518).

    Args:
        header: the protected header without `alg`, `enc`, `epk` and `kid`, which are added.
        random: n -> n bytes from a secure source.
    """
    epk, wrapping = agreement.for_sealing(key, random)
    content_key, iv = random(32), random(12)
    own = {"alg": ECDH, "enc": A256GCM, "epk": epk, "kid": key.kid}
    head = b64u(canonical({**header, **own}))
    wrapped = aes_key_wrap(wrapping, content_key)
    sealed = AESGCM(content_key).encrypt(iv, plaintext, head.encode("ascii"))
    return ".".join((head, b64u(wrapped), b64u(iv), b64u(sealed[:-16]), b64u(sealed[-16:])))


def open_jwe(token: str, private: SealingPrivate, epk: bytes, place: str = "") -> bytes:
    """The plaintext of a JWE whose header the caller has checked.

    Args:
        epk: the ephemeral public key of the header, checked.

    Raises:
        EnvelopeError: `wrong_segments`, `base64_not_canonical`.
        SignatureError: `cannot_open`: one cause for the recipient, wherever the seal is broken.
    """
    head, wrapped, iv, text, tag = segments(token, 5, place)
    if (len(wrapped), len(iv), len(tag)) != (_A256KW, 16, 22):
        raise SignatureError("cannot_open", "other sizes", "those of its algorithm", place)
    try:
        wrapping = agreement.for_opening(private, epk)
        content_key = aes_key_unwrap(wrapping, unb64u_checked(wrapped))
        sealed = unb64u_checked(text) + unb64u_checked(tag)
        return AESGCM(content_key).decrypt(unb64u_checked(iv), sealed, head.encode("ascii"))
    except (InvalidTag, InvalidUnwrap, ValueError):
        raise SignatureError("cannot_open", "a seal that does not open", "", place) from None
