"""Whether a convention file may be put into force: signed, in its turn, not before its hour.

Routers, agencies and auditor ask this of every order that adopts one, before anybody acts on it;
`relais convention adopt` asks it before an order is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from contracts.convention.model import Convention
from contracts.convention.signing import Signatures, quorum_text, verify_convention
from contracts.encoding import rfc3339
from contracts.errors import ConventionError
from contracts.keys.directory import SigningKey


@dataclass(frozen=True, slots=True)
class Adopted:
    """The version that was adopted last, by order; it may still wait for its hour.

    Attributes:
        start: instant from which it holds, seconds.
    """

    convention: Convention
    start: int


def check_adoption(
    convention: Convention,
    signatures: Sequence[str],
    keys: Mapping[str, SigningKey],
    *,
    start: int,
    last: Adopted | None,
) -> Signatures:
    """Check that an order may adopt a convention; who has signed it.

    1. It is not older than what was adopted last. 2. It names that one as its predecessor.
    3. Every number of that one keeps its act. 4. The order's instant is not before its date of
    effect, nor before that of its predecessor. 5. It is signed, by its own quorum and by its
    predecessor's.

    Args:
        signatures: compact JWS of its parties.
        keys: kid -> pinned key of a party.
        start: instant from which the order holds, seconds.

    Raises:
        ConventionError: `convention_superseded`, `convention_out_of_turn`, those of
            `check_numbers`, `convention_before_its_hour`, `convention_not_signed`,
            `convention_half_signed`, those of `verify_convention`.
        EnvelopeError, SignatureError: those of `verify_convention`.
    """
    before = last.convention if last is not None else None
    # 1.
    if before is not None and convention.version <= before.version:
        got, expected = f"version {convention.version}", f"newer than version {before.version}"
        raise ConventionError("convention_superseded", got, expected)
    # 2.
    if convention.predecessor != (before.digest if before is not None else ""):
        got = f"predecessor {convention.predecessor or 'none'}"
        expected = before.digest if before is not None else "none, as nothing was adopted yet"
        raise ConventionError("convention_out_of_turn", got, expected)
    # 3.
    if before is not None:
        check_numbers(before, convention)
    # 4.
    earliest = max(convention.starts, last.start if last is not None else convention.starts)
    if start < earliest:
        got, expected = rfc3339(start), f"not before {rfc3339(earliest)}"
        raise ConventionError("convention_before_its_hour", got, expected)
    # 5.
    return _signed(convention, signatures, keys, start, before)


def check_numbers(before: Convention, convention: Convention) -> None:
    """Check that every clause number of the version before keeps its act, event type and purpose.

    The log knows a past event by the number that released it, duties name what is owed by number,
    and people cite numbers: a number means one act for ever. A clause that a version no longer has
    stays in its table `repealed`, so that the next version cannot give the number away either.

    Raises:
        ConventionError: `clause_number_reused`, `clause_number_dropped`.
    """
    for clause, act in sorted(before.acts.items()):
        becomes = convention.acts.get(clause, act)
        if becomes != act:
            got, expected = f"{clause} as {' '.join(becomes)}", f"{' '.join(act)}, or a new number"
            facts = clause, *act, *becomes
            raise _number("clause_number_reused", convention, got, expected, facts)
    for clause, act in sorted(before.acts.items()):
        if clause not in convention.acts:
            expected = f"{clause} under `repealed`, as {' '.join(act)}"
            named = clause, *act
            raise _number("clause_number_dropped", convention, f"no {clause}", expected, named)


def _number(
    code: str, convention: Convention, got: str, expected: str, facts: tuple[str, ...]
) -> ConventionError:
    """What is wrong with the number `facts` begins with, at its line in the file."""
    grants = convention.by_clause.get(facts[0], ())
    line = grants[0].line if grants else 1
    return ConventionError(code, got, expected, file=convention.file, line=line, facts=facts)


def _signed(
    convention: Convention,
    tokens: Sequence[str],
    keys: Mapping[str, SigningKey],
    start: int,
    before: Convention | None,
) -> Signatures:
    if not tokens:
        raise ConventionError("convention_not_signed", "no signature", quorum_text(convention))
    signatures = verify_convention(convention, tokens, keys, at=start, before=before)
    for needed in (convention, before):
        if needed and len({*signatures.signed} & {*needed.parties}) < needed.needed:
            missing = ", ".join(party for party in needed.parties if party not in signatures.signed)
            got = f"signed by {', '.join(signatures.signed)}; missing {missing}"
            expected = f"{quorum_text(needed)} of version {needed.version}"
            raise ConventionError("convention_half_signed", got, expected)
    return signatures
