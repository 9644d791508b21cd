"""Step 7: the header of a part that issuer and router vouch for, and its scope."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from contracts.encoding import b64u, canonical, unb64u
from contracts.vocabulary.schema import desk_urn
from tests.vectors.conformance.case import Making, Record, refusal
from tests.vectors.conformance.workbench import Workbench, header_of

_POL: Final = desk_urn("civil", "pol")


def _sealed(**given: Any) -> Making:
    """One part, sealed with what is given, listed and vouched for."""

    def make(bench: Workbench) -> list[Record]:
        slip = bench.slip()
        return bench.holding(slip, bench.sealed(slip, **given))

    return make


def _reheaded(**changes: Any) -> Making:
    """One part whose header is another text than the one that was sealed under."""

    def make(bench: Workbench) -> list[Record]:
        slip = bench.slip()
        part = bench.sealed(slip)
        header = header_of(part) | changes
        kept = {name: value for name, value in header.items() if value is not None}
        again = bench.reheaded(part, canonical(kept))
        return bench.holding(slip, again)

    return make


def _spaced(bench: Workbench) -> list[Record]:
    """The same header with a blank in it, sealed under that very text."""
    slip = bench.slip()
    part = bench.sealed(slip)
    head = unb64u(part.split(".")[0]).replace(b'","', b'", "', 1)
    return bench.holding(slip, bench.reheaded(part, head))


def _of_event(bench: Workbench) -> list[Record]:
    """A part that the same issuer sealed for the same desk in another event."""
    slip = bench.slip()
    part = bench.sealed(slip | {"jti": bench.event()})
    return bench.holding(slip, part)


def _for_desk(bench: Workbench) -> list[Record]:
    """Another desk's part, under this desk's slip."""
    slip = bench.slip()
    part = bench.sealed(slip, key=bench.fed.newest("ase"), aud=bench.fed.urn("ase"))
    return bench.holding(slip, part)


def _key_of_desk(bench: Workbench) -> list[Record]:
    """For this desk by its header, sealed for a key of another desk of the same agency."""
    slip = bench.slip()
    part = bench.sealed(slip, key=bench.fed.newest("ase"))
    return bench.holding(slip, part)


def _destroyed(bench: Workbench) -> list[Record]:
    """Sealed for a key of the desk's whose private half it holds no more."""
    slip = bench.slip()
    kid = next(
        kid for kid in bench.fed.sealing if kid.startswith("crip") and kid not in bench.fed.kept
    )
    part = bench.sealed(slip, key=bench.fed.sealing[kid][0])
    return bench.holding(slip, part)


def _no_clause(bench: Workbench) -> list[Record]:
    return [bench.whole().confirmed(clauses={"FACTS": "R01", "IDENTITY": "R01"}).record()]


def _two_of_scope(bench: Workbench) -> list[Record]:
    slip = bench.slip()
    facts = [bench.sealed(slip), bench.sealed(slip)]
    return bench.holding(slip, *facts)


def _segments(bench: Workbench) -> list[Record]:
    slip = bench.slip()
    part = bench.sealed(slip).rpartition(".")[0]
    return bench.holding(slip, part)


_case: Final = partial(refusal, section="envelope §3.1, §8")


CASES: Final = (
    _case("part-of-another-event", "A part that was sealed for another event", _of_event,
          "part_of_other_event"),
    _case("part-of-another-issuer", "A part that names another issuer than the slip",
          _sealed(iss=_POL, inner={"iss": _POL}), "part_of_other_issuer"),
    _case("part-for-another-desk", "A part that is another desk’s", _for_desk,
          "part_for_other_desk"),
    _case("part-key-of-another-desk",
          "A part for this desk, sealed for a key of another desk of the same agency",
          _key_of_desk, "key_of_other_desk", "no_private_key"),
    _case("part-key-destroyed", "A part for a key whose private half was destroyed", _destroyed,
          "no_private_key", "key_destroyed"),
    _case("part-alg-direct", "A part whose header names another key agreement",
          _reheaded(alg="ECDH-ES"), "wrong_alg"),
    _case("part-enc-cbc", "A part whose header names another cipher",
          _reheaded(enc="A256CBC-HS512"), "wrong_enc"),
    _case("part-typ-jwe", "A part of another type", _reheaded(typ="JWE"), "wrong_typ",
          section="envelope §4.1, §9"),
    _case("part-zip", "A part whose header asks for decompression", _reheaded(zip="DEF"),
          "wrong_header_keys"),
    _case("part-crit", "A part whose header has `crit`", _reheaded(crit=["exp"], exp=1),
          "wrong_header_keys"),
    _case("part-apu", "A part whose header names a party, which other keys follow from",
          _reheaded(apu=b64u(b"edu-s")), "wrong_header_keys"),
    _case("part-without-pth", "A part whose header promises no digest", _reheaded(pth=None),
          "wrong_header_keys"),
    _case("part-header-spaced", "A part whose header has a blank", _spaced, "not_compact",
          "not_canonical", "head_malformed"),
    _case("part-scope-unknown", "A part of a scope that no convention has",
          _reheaded(cat="HEALTH.secret"), "unknown_scope", "scope_not_released"),
    _case("part-four-segments", "A part of four segments", _segments, "wrong_segments"),
    _case("scope-without-clause", "A scope for which the receipt names no clause", _no_clause,
          "scope_not_released", section="envelope §8"),
    _case("two-parts-of-a-scope", "Two parts of one scope", _two_of_scope, "two_parts",
          section="envelope §8"),
)  # fmt: skip
