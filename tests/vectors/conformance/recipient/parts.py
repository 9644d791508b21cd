"""Steps 7 to 11: the header of a part that issuer and router vouch for, and what it holds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import orjson

from contracts.encoding import b64u, canonical, digest, event_id, unb64u
from contracts.envelope.part import padded
from tests.vectors.conformance.federation import FED, KEPT, TESTED, urn
from tests.vectors.conformance.workbench import (
    BODIES,
    Making,
    altered,
    changed,
    holding,
    refusal,
    resealed,
    spoiled,
    under_head,
)

_POL: Final = urn("pol")
_DESTROYED: Final = next(  # of the desk's keys one whose private half it holds no more
    key for kid, key in FED.directory.encryption.items() if key.owner == urn(TESTED) and kid != KEPT
)


def _sealed(**given: Any) -> Making:
    """One part, sealed with what is given."""
    return holding(lambda bench, slip: bench.sealed(slip, **given))


def _headed(**changes: Any) -> Making:
    """One part whose header has other members; None takes one away."""
    return under_head(lambda head: canonical(altered(orjson.loads(head), changes)))


_HEAD: Final = partial(refusal, section="envelope §3.1, §8")

PARTS: Final = (
    _HEAD("part-of-another-event", "A part that was sealed for another event",
          holding(lambda bench, slip: bench.sealed(slip | {"jti": bench.event()})),
          "part_of_other_event"),
    _HEAD("part-of-another-issuer", "A part that names another issuer than the slip",
          _sealed(iss=_POL, inner={"iss": _POL}), "part_of_other_issuer"),
    _HEAD("part-for-another-desk", "A part that is another desk’s",
          _sealed(key=FED.newest("ase"), aud=urn("ase")), "part_for_other_desk"),
    _HEAD("part-key-of-another-desk",
          "A part for this desk, sealed for a key of another desk of the same agency",
          _sealed(key=FED.newest("ase")), "key_of_other_desk", "no_private_key"),
    _HEAD("part-key-destroyed", "A part for a key whose private half was destroyed",
          _sealed(key=_DESTROYED), "no_private_key", "key_destroyed"),
    _HEAD("part-alg-direct", "A part whose header names another key agreement",
          _headed(alg="ECDH-ES"), "wrong_alg"),
    _HEAD("part-enc-cbc", "A part whose header names another cipher",
          _headed(enc="A256CBC-HS512"), "wrong_enc"),
    _HEAD("part-typ-jwe", "A part of another type", _headed(typ="JWE"), "wrong_typ",
          section="envelope §4.1, §9"),
    _HEAD("part-zip", "A part whose header asks for decompression", _headed(zip="DEF"),
          "wrong_header_keys"),
    _HEAD("part-crit", "A part whose header has `crit`", _headed(crit=["exp"], exp=1),
          "wrong_header_keys"),
    _HEAD("part-apu", "A part whose header names a party, which other keys follow from",
          _headed(apu=b64u(b"edu-s")), "wrong_header_keys"),
    _HEAD("part-without-pth", "A part whose header promises no digest", _headed(pth=None),
          "wrong_header_keys"),
    _HEAD("part-header-spaced", "A part whose header has a blank",
          under_head(lambda head: head.replace(b'","', b'", "', 1)), "not_compact",
          "not_canonical", "head_malformed"),
    _HEAD("part-scope-unknown", "A part of a scope that no convention has",
          _headed(cat="HEALTH.secret"), "unknown_scope", "scope_not_released"),
    _HEAD("part-four-segments", "A part of four segments",
          resealed(lambda part: part.rpartition(".")[0]), "wrong_segments"),
    _HEAD("scope-without-clause", "A scope for which the receipt names no clause",
          changed(lambda one: one.confirmed(clauses={"FACTS": "R01", "IDENTITY": "R01"})),
          "scope_not_released", section="envelope §8"),
    _HEAD("two-parts-of-a-scope", "Two parts of one scope",
          holding(lambda bench, slip: [bench.sealed(slip), bench.sealed(slip)]), "two_parts",
          section="envelope §8"),
)  # fmt: skip


def _plain(change: Callable[[dict[str, Any]], bytes]) -> Making:
    """A part that holds any bytes at all; its header's digest is theirs."""
    return holding(lambda bench, slip: bench.sealed(slip, plaintext=change(bench.content(slip))))


def _epk(**changes: str) -> Making:
    """A part with another ephemeral key."""

    def make(part: str) -> str:
        head, _, rest = part.partition(".")
        header = orjson.loads(unb64u(head))
        header["epk"] |= changes
        return f"{b64u(canonical(header))}.{rest}"

    return resealed(make)


def _broken(segment: int) -> Making:
    """A part one of whose segments is another, listed and vouched for as it is."""

    def make(part: str) -> str:
        pieces = part.split(".")
        pieces[segment] = "AAAA"
        return ".".join(pieces)

    return resealed(make)


def _inner(**changes: Any) -> Making:
    """A part whose plaintext says otherwise than its header."""
    return _sealed(inner=changes)


_INSIDE: Final = partial(refusal, section="envelope §3.2, §3.3")
_BODY: Final = partial(refusal, section="envelope §3.4, bodies §1")
_BODY_CODES: Final = (
    "body_field_missing", "body_field_unknown", "body_incomplete", "body_malformed",
)  # fmt: skip

SEALED: Final = (
    _INSIDE("part-digest-differs", "A part that opens to another text than its header promises",
          _sealed(pth=digest("another text")), "wrong_commitment"),
    _INSIDE("part-sealed-again", "A part that a recipient opened and sealed again for this event",
          _inner(evt=event_id(1_795_514_400_000, bytes(10))), "plaintext_differs"),
    _INSIDE("part-authorship-inside", "A part that names another issuer inside",
          _inner(iss=_POL), "plaintext_differs"),
    _INSIDE("part-scope-inside", "A part that holds another scope than its header says",
          _inner(cat="IDENTITY"), "plaintext_differs"),
    _INSIDE("plaintext-member-more", "A plaintext with a member more", _inner(note="x"),
          "plaintext_malformed"),
    _INSIDE("plaintext-not-padded", "A plaintext that is not filled up to a multiple of 512 bytes",
          _plain(lambda content: canonical({**content, "pad": ""})), "plaintext_malformed"),
    _INSIDE("plaintext-other-padding", "A plaintext filled up with something else than zeros",
          _plain(lambda content: padded(content).replace(b'"pad":"0', b'"pad":"1')),
          "plaintext_malformed"),
    _INSIDE("plaintext-spaced", "A plaintext with a blank",
          _plain(lambda content: padded(content).replace(b':"0', b': "', 1)), "not_canonical",
          section="envelope §2.2"),
    _INSIDE("plaintext-short-salt", "A plaintext whose salt has three bytes", _inner(salt="AAAA"),
          "plaintext_malformed"),
    _INSIDE("part-ciphertext-broken", "A part whose ciphertext does not open",
          resealed(lambda part: spoiled(part, 3)), "cannot_open"),
    _INSIDE("part-wrapped-key-empty", "A part without a wrapped key", _broken(1), "cannot_open"),
    _INSIDE("part-tag-short", "A part whose tag has three bytes", _broken(4), "cannot_open"),
    _INSIDE("epk-zero", "An ephemeral key of zeros, which makes the secret known to anyone",
          _epk(x=b64u(bytes(32))), "cannot_open", "wrong_epk", section="keys §3"),
    _INSIDE("epk-small-order", "An ephemeral key of small order",
          _epk(x=b64u(b"\x01" + bytes(31))), "cannot_open", "wrong_epk", section="keys §3"),
    _INSIDE("epk-not-canonical", "An ephemeral key in a second spelling",
          _epk(x=b64u(b"\xed" + b"\xff" * 30 + b"\x7f")), "cannot_open", "wrong_epk",
          section="keys §3"),
    _INSIDE("epk-other-curve", "An ephemeral key on a curve that has no name here",
          _epk(crv="X448"), "wrong_epk"),
    _BODY("body-unknown-member", "A body with a member that its schema does not have",
          _inner(body={**BODIES["FACTS"], "school": "x"}), *_BODY_CODES),
    _BODY("body-empty", "A body without any of what its schema demands", _inner(body={}),
          *_BODY_CODES),
)  # fmt: skip
