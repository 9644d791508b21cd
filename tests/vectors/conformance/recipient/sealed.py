"""Steps 8 to 11: what a part holds, once issuer and router have vouched for its header."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from contracts.encoding import b64u, canonical, digest, event_id
from contracts.envelope.part import padded
from contracts.vocabulary.schema import desk_urn
from tests.vectors.conformance.case import Making, Record, refusal
from tests.vectors.conformance.workbench import BODIES, Workbench, header_of

Content = Mapping[str, Any]


def _inner(**changes: Any) -> Making:
    """A part whose plaintext says otherwise than its header."""

    def make(bench: Workbench) -> list[Record]:
        slip = bench.slip()
        return bench.holding(slip, bench.sealed(slip, inner=changes))

    return make


def _plain(change: Callable[[Content], bytes]) -> Making:
    """A part that holds any bytes at all; its header's digest is theirs."""

    def make(bench: Workbench) -> list[Record]:
        slip = bench.slip()
        part = bench.sealed(slip, plaintext=change(bench.content(slip)))
        return bench.holding(slip, part)

    return make


def _promised(bench: Workbench) -> list[Record]:
    """AES-GCM does not commit to its key: the digest in the header is another text's."""
    slip = bench.slip()
    part = bench.sealed(slip, pth=digest("another text"))
    return bench.holding(slip, part)


def _epk(change: Callable[[dict[str, str]], dict[str, str]]) -> Making:
    """A part with another ephemeral key, listed and vouched for."""

    def make(bench: Workbench) -> list[Record]:
        slip = bench.slip()
        part = bench.sealed(slip)
        header = header_of(part)
        header["epk"] = change(header["epk"])
        part = f"{b64u(canonical(header))}.{part.partition('.')[2]}"
        return bench.holding(slip, part)

    return make


def _broken(segment: int, text: str) -> Making:
    """A part one of whose segments is another, listed and vouched for as it is."""

    def make(bench: Workbench) -> list[Record]:
        slip = bench.slip()
        pieces = bench.sealed(slip).split(".")
        pieces[segment] = text or ("A" if pieces[segment][0] != "A" else "B") + pieces[segment][1:]
        return bench.holding(slip, ".".join(pieces))

    return make


_case: Final = partial(refusal, section="envelope §3.2, §3.3")


def _x(value: bytes) -> Making:
    return _epk(lambda epk: epk | {"x": b64u(value)})


_BODY: Final = ("body_field_missing", "body_field_unknown", "body_incomplete", "body_malformed")

CASES: Final = (
    _case("part-digest-differs", "A part that opens to another text than its header promises",
          _promised, "wrong_commitment"),
    _case("part-sealed-again", "A part that a recipient opened and sealed again for this event",
          _inner(evt=event_id(1_795_514_400_000, bytes(10))), "plaintext_differs"),
    _case("part-authorship-inside", "A part that names another issuer inside",
          _inner(iss=desk_urn("civil", "pol")), "plaintext_differs"),
    _case("part-scope-inside", "A part that holds another scope than its header says",
          _inner(cat="IDENTITY"), "plaintext_differs"),
    _case("plaintext-member-more", "A plaintext with a member more", _inner(note="x"),
          "plaintext_malformed"),
    _case("plaintext-not-padded", "A plaintext that is not filled up to a multiple of 512 bytes",
          _plain(lambda content: canonical({**content, "pad": ""})), "plaintext_malformed"),
    _case("plaintext-other-padding", "A plaintext filled up with something else than zeros",
          _plain(lambda content: padded(content).replace(b'"pad":"0', b'"pad":"1')),
          "plaintext_malformed"),
    _case("plaintext-spaced", "A plaintext with a blank",
          _plain(lambda content: padded(content).replace(b':"0', b': "', 1)), "not_canonical",
          section="envelope §2.2"),
    _case("plaintext-short-salt", "A plaintext whose salt has three bytes", _inner(salt="AAAA"),
          "plaintext_malformed"),
    _case("part-ciphertext-broken", "A part whose ciphertext does not open", _broken(3, ""),
          "cannot_open"),
    _case("part-wrapped-key-empty", "A part without a wrapped key", _broken(1, "AAAA"),
          "cannot_open"),
    _case("part-tag-short", "A part whose tag has three bytes", _broken(4, "AAAA"),
          "cannot_open"),
    _case("epk-zero", "An ephemeral key of zeros, which makes the secret known to anyone",
          _x(bytes(32)), "cannot_open", "wrong_epk", section="keys §3"),
    _case("epk-small-order", "An ephemeral key of small order", _x(b"\x01" + bytes(31)),
          "cannot_open", "wrong_epk", section="keys §3"),
    _case("epk-not-canonical", "An ephemeral key in a second spelling",
          _x(b"\xed" + b"\xff" * 30 + b"\x7f"), "cannot_open", "wrong_epk", section="keys §3"),
    _case("epk-other-curve", "An ephemeral key on a curve that has no name here",
          _epk(lambda epk: epk | {"crv": "X448"}), "wrong_epk"),
    _case("body-unknown-member", "A body with a member that its schema does not have",
          _inner(body={**BODIES["FACTS"], "school": "x"}), *_BODY,
          section="envelope §3.4, bodies §1"),
    _case("body-empty", "A body without any of what its schema demands", _inner(body={}),
          *_BODY, section="envelope §3.4, bodies §1"),
)  # fmt: skip
