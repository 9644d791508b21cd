"""A part: one scope for one desk, sealed so that only that desk can open it (envelope §3).

AES-GCM does not commit to its key, so the header carries `pth`, a hash of the plaintext that the
recipient checks after opening. The plaintext repeats event, issuer and scope, so that a part that
was opened and sealed again by somebody else under his own header says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from contracts.encoding import (
    b64u,
    canonical,
    digest,
    parse,
    parse_json,
    part_digest,
    repeats_a_key,
    segments,
    sha256,
    unb64u,
    unb64u_checked,
)
from contracts.envelope.event import Head
from contracts.envelope.limits import MAX_PART, PAD_TO, PART
from contracts.errors import DirectoryError, EnvelopeError, SignatureError
from contracts.keys.agreement import Random
from contracts.keys.directory import EncryptionKey
from contracts.keys.jose import A256GCM, MAX_HEADER_BYTES, open_jwe, seal_jwe
from contracts.keys.keyring import KeyRing
from contracts.keys.sealing_kinds import ECDH, P256, X25519, check_sealing, point
from contracts.vocabulary.scopes import SCOPES

Header = dict[
    str, str
]  # what varies in a part's header: aud, cat, evt, iss, kid, pth; crv, kty, x, y of `epk`

_HEADER: Final = frozenset(
    {"alg", "aud", "cat", "cty", "enc", "epk", "evt", "iss", "kid", "pth", "typ"}
)
_FIXED: Final = {"alg": ECDH, "cty": "json", "enc": A256GCM, "typ": PART}
_DIGEST: Final = r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]"  # canonical base64url of 32 bytes
_URN: Final = r"urn:relais:[a-z]+:desk:[a-z0-9-]{1,41}"
_EPK: Final = re.compile(
    rf'\{{"crv":"(?P<crv>X25519|P-256)","kty":"(?P<kty>OKP|EC)","x":"(?P<x>{_DIGEST})"'
    rf'(?:,"y":"(?P<y>{_DIGEST})")?\}}'
)
# What a header is in canonical text: closed, typed, all in one look. Routers read seven of these an
# event, so it is worth the unusual form.
_EXACT: Final = re.compile(
    rf'\{{"alg":"{re.escape(ECDH)}","aud":"(?P<aud>{_URN})",'
    rf'"cat":"(?P<cat>[A-Za-z_.]{{1,40}})","cty":"json","enc":"{A256GCM}","epk":{_EPK.pattern},'
    rf'"evt":"(?P<evt>[0-9a-f-]{{36}})","iss":"(?P<iss>{_URN})","kid":"(?P<kid>[a-z0-9.-]{{1,81}})",'
    rf'"pth":"(?P<pth>{_DIGEST})","typ":"{re.escape(PART)}"\}}'
)
# Type and curve of the ephemeral key, and whether it has a second coordinate.
_TOGETHER: Final = frozenset({("OKP", X25519, False), ("EC", P256, True)})
_PLAINTEXT: Final = frozenset({"body", "cat", "evt", "iss", "pad", "salt"})


def seal_part(
    body: Mapping[str, Any], *, cat: str, evt: str, iss: str, key: EncryptionKey, random: Random
) -> str:
    """Seal the body of one scope for the desk that owns `key`.

    Args:
        evt: id of the event.
        iss: urn of the issuing desk.
        random: n -> n secure random bytes; asked for salt, ephemeral key, content key and IV.

    Raises:
        EnvelopeError: `part_too_large`.
    """
    plaintext = padded({"body": body, "cat": cat, "evt": evt, "iss": iss, "salt": b64u(random(16))})
    header = {
        "aud": key.owner, "cat": cat, "cty": "json", "evt": evt, "iss": iss,
        "pth": digest(plaintext), "typ": PART,
    }  # fmt: skip
    token = seal_jwe(plaintext, header, key, random)
    if len(token) > MAX_PART:
        raise EnvelopeError("part_too_large", f"{len(token)}", f"at most {MAX_PART}", cat)
    return token


def padded(plaintext: Mapping[str, Any]) -> bytes:
    """C of the plaintext with `pad` added, its length a multiple of PAD_TO."""
    short = -len(canonical({**plaintext, "pad": ""})) % PAD_TO
    return canonical({**plaintext, "pad": "0" * short})


def read_part(token: str, place: str) -> tuple[Head, Header]:
    """The head of a part, checked for form, without opening it: what a router can see.

    Raises:
        EnvelopeError: `too_large`, those of `encoding.segments`, of `encoding.parse_json` for the
            header, `not_an_object`, `duplicate_key`, `not_compact`, `wrong_header_keys`,
            `wrong_typ`, `wrong_alg`, `wrong_enc`, `wrong_cty`, `wrong_epk`, `unknown_scope`,
            `head_malformed`.
    """
    if len(token) > MAX_PART:
        size = f"{len(token)} characters"
        raise EnvelopeError("too_large", size, f"at most {MAX_PART}", place)
    head = segments(token, 5, place)[0]
    if len(head) > MAX_HEADER_BYTES:
        raise EnvelopeError("too_large", f"{len(head)} characters", "a header", place)
    return read_head(head, sha256(token[len(head) + 1 :].encode("ascii")), place)


def read_head(segment: str, rest: bytes, place: str) -> tuple[Head, Header]:
    """A part's head from its first segment, canonical base64url, and the hash of all the rest.

    Raises:
        EnvelopeError: those of `read_part`.
    """
    data = unb64u_checked(segment)
    match = _exact(data.decode("latin-1"))  # any bytes; the pattern is ASCII
    if match is None:  # stock JOSE writes members in an order of its own
        header = _read_compact(data, place)
        match = _exact(canonical(header).decode())
        if match is None:
            raise _diagnose(header, place)
    if match["cat"] not in SCOPES:
        raise EnvelopeError("unknown_scope", "another", "a scope of the convention", place)
    varying = match.group("aud", "cat", "kid", "pth")
    return Head(part_digest(segment, rest), segment, b64u(rest), *varying), match.groupdict("")


def _exact(text: str) -> re.Match[str] | None:
    """The members of a header, if they are all there and belong together."""
    match = _EXACT.fullmatch(text)
    return match if match is not None and _is_one_curve(match) else None


def _read_compact(data: bytes, place: str) -> dict[str, Any]:
    """A header whose members stand in any order, each once, without white space or escapes.

    `P` binds its very bytes, so they need not be canonical. White space, escapes and what a second
    member of a name would add are all seen by the length: canonical text is the shortest.

    Raises:
        EnvelopeError: those of `encoding.parse_json`, `not_an_object`, `duplicate_key`,
            `not_compact`.
    """
    header = parse_json(data, limit=MAX_HEADER_BYTES, place=place)
    if not isinstance(header, dict):
        raise EnvelopeError("not_an_object", type(header).__name__, "an object", place)
    if len(canonical(header)) != len(data):
        if repeats_a_key(data, header):
            raise EnvelopeError("duplicate_key", "a key twice", "each key once", place)
        raise EnvelopeError("not_compact", "white space or escapes", "compact JSON", place)
    return header


def _diagnose(header: dict[str, Any], place: str) -> EnvelopeError:
    """Why a header is not of the form."""
    if header.keys() != _HEADER:
        return EnvelopeError("wrong_header_keys", "others", ", ".join(sorted(_HEADER)), place)
    for name, value in _FIXED.items():
        if header[name] != value:
            return EnvelopeError(f"wrong_{name}", "another value", value, place)
    if not _is_epk(header["epk"]):
        return EnvelopeError(
            "wrong_epk", "another form", "a key of X25519 or P-256", f"{place}.epk"
        )
    if header["cat"] not in tuple(SCOPES):
        return EnvelopeError("unknown_scope", "another", "a scope of the convention", place)
    return EnvelopeError("head_malformed", "another value", "urns, ids and digests", place)


def _is_epk(epk: object) -> bool:
    match = _EPK.fullmatch(canonical(epk).decode()) if isinstance(epk, dict) else None
    return match is not None and _is_one_curve(match)


def _is_one_curve(match: re.Match[str]) -> bool:
    return (match["kty"], match["crv"], match["y"] is not None) in _TOGETHER


def open_part(token: str, header: Header, ring: KeyRing, place: str) -> dict[str, Any]:
    """Open a part whose header `read_part` has checked, and check its commitment.

    Returns:
        The plaintext: `body`, `cat`, `evt`, `iss`, `pad`, `salt`; that `cat`, `evt` and `iss` are
        the right ones is for the caller to check.

    Raises:
        EnvelopeError: `no_private_key`, `wrong_epk`, `plaintext_malformed`, those of
            `encoding.parse`.
        SignatureError: `cannot_open`, `wrong_commitment`.
    """
    plaintext = _open(token, header, ring, place)
    if digest(plaintext) != header["pth"]:
        raise SignatureError("wrong_commitment", "another plaintext", "the one of `pth`", place)
    return _parse_plaintext(plaintext, place)


def _open(token: str, header: Header, ring: KeyRing, place: str) -> bytes:
    """By the private half of its key, or by one that stood under the same id before."""
    private = ring.private(header["kid"])
    if private is None:
        raise EnvelopeError("no_private_key", "none", "the key that it is sealed for", place)
    epk = ephemeral(header, place)
    try:
        return open_jwe(token, private, epk, place)
    except SignatureError:
        for former in ring.former(header["kid"]):
            with suppress(SignatureError):
                return open_jwe(token, former, epk, place)
        raise


def check_bound(header: Header, evt: str, iss: str, aud: str, place: str) -> None:
    """Refuse a part of another event or issuer than its cover's or slip's, or for another desk.

    Raises:
        EnvelopeError: `part_of_other_event`, `part_of_other_issuer`, `part_for_other_desk`.
    """
    if header["evt"] != evt:
        raise EnvelopeError("part_of_other_event", "another event", "that of its list", place)
    if header["iss"] != iss:
        raise EnvelopeError("part_of_other_issuer", "another issuer", "that of its list", place)
    if header["aud"] != aud:
        raise EnvelopeError("part_for_other_desk", "another desk", "the one listed", place)


def ephemeral(header: Header, place: str) -> bytes:
    """The ephemeral key of a header.

    Raises:
        EnvelopeError: `wrong_epk`, for a point that is refused as a public key too (keys §3).
    """
    is_point = header["crv"] == P256
    epk = point(header["x"], header["y"]) if is_point else unb64u_checked(header["x"])
    try:
        check_sealing(epk, place)
    except DirectoryError:
        raise EnvelopeError("wrong_epk", "a refused point", "another", f"{place}.epk") from None
    return epk


def _parse_plaintext(plaintext: bytes, place: str) -> dict[str, Any]:
    if len(plaintext) % PAD_TO:
        raise EnvelopeError("plaintext_malformed", "another length", "a multiple of 512", place)
    content = parse(plaintext, limit=MAX_PART, place=place)
    if content.keys() != _PLAINTEXT or not isinstance(content["body"], dict):
        raise EnvelopeError("plaintext_malformed", "other keys", "those of a part", place)
    pad, salt = content["pad"], content["salt"]
    if not isinstance(pad, str) or pad.strip("0") or len(pad) >= PAD_TO:
        raise EnvelopeError("plaintext_malformed", "another pad", "fewer than 512 zeros", place)
    if not isinstance(salt, str) or len(unb64u(salt, place)) != 16:
        raise EnvelopeError("plaintext_malformed", "another salt", "16 bytes", place)
    return content
