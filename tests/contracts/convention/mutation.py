"""Single-clause mutations of a convention: on its plain YAML, and on the engine's own values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

from contracts.convention.clauses import Grant
from contracts.convention.model import Convention
from contracts.vocabulary.conditions import CONDITIONS
from contracts.vocabulary.scopes import (
    EVENT_TYPES,
    PURPOSES,
    REALMS,
    RETENTION_CLASSES,
    ROLES,
    SCOPES,
)
from tests.contracts.convention.cedar import Question
from tests.contracts.convention.second_reader import NARROW

ADDED: Final = 3  # of what may be added to a list, so many are tried


@dataclass(frozen=True)
class Mutant:
    """One grant changed in one field, or left out.

    Attributes:
        grant: id.
        changed: field -> new value; None: the grant is left out.
    """

    grant: str
    name: str
    changed: Mapping[str, Any] | None

    def of_plain(self, grants: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The second reader's grants, mutated."""
        found = [dict(one) for one in grants if one["id"] != self.grant or self.changed is not None]
        for one in found:
            if one["id"] == self.grant:
                one.update(self.changed or {})
        return found

    def of_engine(self, convention: Convention) -> Convention:
        """The engine's convention, mutated past its loader."""
        grants = tuple(
            _changed(one, self.changed) if one.id == self.grant else one
            for one in convention.grants
            if one.id != self.grant or self.changed is not None
        )
        return replace(convention, grants=grants)


def _changed(grant: Grant, changed: Mapping[str, Any] | None) -> Grant:
    values: dict[str, Any] = {}
    for name, value in (changed or {}).items():
        values[name] = frozenset(value) if name == "scopes" else value
        values[name] = (
            tuple(value) if isinstance(value, list) and name != "scopes" else values[name]
        )
    return replace(grant, **values)


def mutants(grants: Sequence[Mapping[str, Any]], random: Random) -> Iterator[Mutant]:
    """Every mutation of every grant that is no publication; of additions a random few."""
    for grant in grants:
        if grant.get("channel") == "publication":
            continue
        yield Mutant(grant["id"], "left out", None)
        for name, known in (
            ("issuers", ROLES), ("recipients", ROLES), ("scopes", SCOPES),
            ("conditions", CONDITIONS),
        ):  # fmt: skip
            yield from _listed(grant, name, [one for one in known if one != "STAT.counts"], random)
        for field, values in (
            ("realm", REALMS), ("event", EVENT_TYPES[:-1]), ("purpose", PURPOSES),
            ("keep", tuple(RETENTION_CLASSES)),
        ):  # fmt: skip
            others = [one for one in values if one != grant[field]]
            for value in random.sample(others, min(2, len(others))):
                yield Mutant(grant["id"], f"{field}: {value}", {field: value})


def _listed(
    grant: Mapping[str, Any], name: str, known: Sequence[str], random: Random
) -> Iterator[Mutant]:
    has = list(grant[name])
    for one in has:
        if len(has) > 1 or name == "conditions":
            left = [other for other in has if other != one]
            yield Mutant(grant["id"], f"{name} without {one}", {name: left})
    absent = [one for one in known if one not in has]
    for one in random.sample(absent, min(ADDED, len(absent))):
        yield Mutant(grant["id"], f"{name} with {one}", {name: [*has, one]})


def clashes(grants: Sequence[Mapping[str, Any]]) -> bool:
    """Whether two grants answer one question: no such file loads."""
    asked = [
        (one["realm"], issuer, one["event"], one["purpose"], recipient)
        for one in grants
        for issuer in one["issuers"]
        for recipient in one["recipients"]
    ]
    return len(asked) != len(set(asked))


Meaning = dict[Question, frozenset[tuple[frozenset[str], frozenset[str], str]]]


def meaning(grants: Sequence[Mapping[str, Any]]) -> Meaning:
    """What grants say, in one form: two lists of grants that mean the same are equal here.

    Per question and scope-set: narrow scopes written out, the condition that the hard denials
    impose added, what they deny left out.
    """
    found: dict[Question, set[tuple[frozenset[str], frozenset[str], str]]] = {}
    for grant in grants:
        if grant.get("channel") == "publication":
            continue
        for issuer in grant["issuers"]:
            for recipient in grant["recipients"]:
                asked = grant["realm"], issuer, grant["event"], grant["purpose"], recipient
                scopes = _permitted(grant, asked)
                if scopes:
                    said = scopes, _asked(grant, asked), grant["keep"]
                    found.setdefault(asked, set()).add(said)
    return {question: frozenset(answers) for question, answers in found.items()}


def _permitted(grant: Mapping[str, Any], asked: Question) -> frozenset[str]:
    _, issuer, event, _, recipient = asked
    scopes = {one for scope in grant["scopes"] for one in (scope, *NARROW.get(scope, ()))}
    scopes -= {"HEALTH", "FACTS.source", "STAT.counts"}
    if issuer == recipient:  # no desk writes to itself
        return frozenset()
    if "own_report" in grant["conditions"] and recipient in ("ASSO", "PSP", "HOME", "MO"):
        return frozenset()  # no author of a report in the sense of CPP 40 (rules §6)
    if recipient == "EDU-H":
        scopes -= {"HEALTH.vital"}
    if recipient not in ("PARQ-CIV", "PARQ-CRIM", "JE", "PJJ", "POL"):
        codes = {("FEEDBACK", "PROCEDURE.status"), ("HEARING", "PROCEDURE.hearing")}
        scopes = {one for one in scopes if one[:9] != "PROCEDURE" or (event, one) in codes}
    if recipient == "POL" and issuer in ("EDU-S", "EDU-H"):
        return frozenset()
    if recipient == "POL" and issuer in ("ASSO", "PSP"):
        scopes &= {"CODE.attendance"}
    return frozenset(scopes)


def _asked(grant: Mapping[str, Any], asked: Question) -> frozenset[str]:
    _, _, event, purpose, recipient = asked
    conditions = set(grant["conditions"])
    if (event, purpose) in {
        ("IP", "adapt_measure"), ("EVALREP", "evaluate"), ("EVALREP", "decide"),
        ("EVALREP", "judge"), ("EVALREP", "progress"), ("MISSING", "protect"),
        ("COORD", "invite"), ("COORD", "decisions"),
    } or (event, purpose, recipient) == ("EVALREQ", "contribute", "EDU-S"):  # fmt: skip
        conditions.add("assigned")
    return frozenset(conditions)
