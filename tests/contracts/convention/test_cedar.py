"""Cedar and the engine decide every tuple alike, and a single changed clause is noticed.

`RELAIS_CEDAR=full` asks Cedar about every tuple one by one (minutes) and tries every mutant; else
Cedar's partial evaluation denies in one answer whatever no policy can allow, and mutants are a
seeded sample. Partial evaluation is experimental in Cedar: only this test relies on it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, product
from random import Random
from typing import Any, Final

import pytest

from contracts.convention.load import load
from contracts.convention.model import Convention
from contracts.conventions import SECOND, SHIPPED, read
from contracts.vocabulary.scopes import (
    EVENT_TYPES,
    PURPOSES,
    REALMS,
    RETENTION_CLASSES,
    ROLES,
    SCOPES,
)
from tests.contracts.convention import cedar
from tests.contracts.convention.cedar import Question
from tests.contracts.convention.facts import (
    FAVOURABLE,
    VARIANTS,
    Variant,
    facts,
    released,
    released_to,
)
from tests.contracts.convention.mutation import Mutant, clashes, meaning, mutants
from tests.contracts.convention.second_reader import grants as plain_grants

FULL: Final = os.environ.get("RELAIS_CEDAR") == "full"
SAMPLE: Final = 400  # mutants; all of them with RELAIS_CEDAR=full
SEED: Final = int(os.environ.get("RELAIS_CEDAR_SEED", "20261124"))
CHUNK: Final = 20_000

Tuple = tuple[Question, str, Variant, str]  # question, retention class, variant, scope


@pytest.fixture(autouse=True)
def doors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which door is right is not compared: it is not looked for."""
    monkeypatch.setattr("contracts.decision.events.acts.doors", lambda *_: ())


def conventions() -> Iterator[Any]:
    """Both shipped versions."""
    for name in (SHIPPED, SECOND):
        yield pytest.param(load(read(name), name), plain_grants(read(name)), id=name)


def keep_of(convention: Convention, question: Question) -> str:
    """The class that the clause wants, else P30."""
    grant = convention.grant(*question)
    return grant.keep if grant is not None else "P30"


def differences(
    by: Any, asked: Iterable[tuple[Tuple, bool]], limit: int = 3
) -> list[tuple[Tuple, bool]]:
    """Tuples that Cedar decides otherwise than the engine, the first few."""
    found: list[tuple[Tuple, bool]] = []
    source = iter(asked)
    while (chunk := list(islice(source, CHUNK))) and len(found) < limit:
        requests = [
            cedar.request(question, keep, scope, facts(question, variant))
            for (question, keep, variant, scope), _ in chunk
        ]
        answers = cedar.decide(requests, by)
        found += [one for one, said in zip(chunk, answers, strict=True) if one[1] != said]
    return found[:limit]


def whole_space(
    convention: Convention, asks: Callable[[str, str, str], bool]
) -> Iterator[tuple[Tuple, bool]]:
    """Every tuple, all conditions met, as the engine decides it.

    Args:
        asks: issuer, event, recipient -> whether Cedar is to be asked tuple by tuple. Where it is
            not, the engine must release nothing.
    """
    for realm, issuer, event, purpose in product(REALMS, ROLES, EVENT_TYPES, PURPOSES):
        keeps = {role: keep_of(convention, (realm, issuer, event, purpose, role)) for role in ROLES}
        answers = released_to(convention, (realm, issuer, event, purpose), keeps)
        for role, scopes in zip(ROLES, answers, strict=False):
            question = realm, issuer, event, purpose, role
            if not asks(issuer, event, role):
                assert not scopes, question
                continue
            for scope in SCOPES:
                yield (question, keeps[role], FAVOURABLE, scope), scope in scopes


def conditions_of(
    convention: Convention,
    questions: Iterable[Question],
    named: frozenset[str] = frozenset(),
    kept: frozenset[str] = frozenset(),
) -> Iterator[tuple[Tuple, bool]]:
    """Questions under every variant of the facts and every retention class.

    Args:
        named: scopes to ask for besides those of the clause and two more; all, if full.
        kept: classes to try every variant under, besides the clause's own.
    """
    for question in questions:
        grant = convention.by_question.get(question)
        keep = keep_of(convention, question)
        own = named | (grant.released if grant is not None else frozenset())
        chosen = list(SCOPES) if FULL else [*sorted(own), *sorted(set(SCOPES) - own)[:2]]
        cases = [(own_or_named, one) for own_or_named in {keep, *kept} for one in VARIANTS]
        cases += [(other, FAVOURABLE) for other in RETENTION_CLASSES if other != keep]
        for asked, variant in cases:
            answer = released(convention, question, asked, variant)
            yield from (((question, asked, variant, one), one in answer) for one in chosen)


@pytest.mark.slow
@pytest.mark.parametrize(("convention", "grants"), [*conventions()][: None if FULL else 1])
def test_cedar_decides_every_tuple_of_the_space_as_the_engine_does(
    convention: Convention, grants: list[dict[str, Any]]
) -> None:
    """(realm, issuer, event, purpose, recipient, scope): none is left out, none differs."""
    by = cedar.policies(grants)
    open_ = {
        asked: FULL or not cedar.never(*asked, by) for asked in product(ROLES, EVENT_TYPES, ROLES)
    }

    found = differences(by, whole_space(convention, lambda *asked: open_[asked]))

    assert found == []
    assert sum(open_.values()) < len(open_) or FULL


@pytest.mark.slow
@pytest.mark.parametrize(("convention", "grants"), [*conventions()])
def test_cedar_reads_every_condition_as_the_engine_does(
    convention: Convention, grants: list[dict[str, Any]]
) -> None:
    """Every question that has an answer, with each fact missing in turn, under each class."""
    questions = [one for one, grant in convention.by_question.items() if not grant.publication]

    assert differences(cedar.policies(grants), conditions_of(convention, questions)) == []


def noticed(
    mutant: Mutant, convention: Convention, grants: list[dict[str, Any]], side: int
) -> bool:
    """Whether comparing finds a mutant that was given to one side: the engine or Cedar.

    Nothing changes but where the grant speaks, before or after: the tuples of these questions.
    """
    plain = mutant.of_plain(grants)
    engine = mutant.of_engine(convention) if side else convention
    by = cedar.policies(grants if side else plain)
    questions = {
        (one["realm"], issuer, one["event"], one["purpose"], recipient)
        for version in (grants, plain)
        for one in version
        if one["id"] == mutant.grant
        for issuer in one["issuers"]
        for recipient in one["recipients"]
        if issuer != recipient
    }
    spoken = sorted(questions)
    named = frozenset(
        scope
        for version in (grants, plain)
        for one in version
        if one["id"] == mutant.grant
        for scope in one["scopes"]
    )
    kept = frozenset(
        one["keep"] for version in (grants, plain) for one in version if one["id"] == mutant.grant
    )
    usual = (
        ((question, keep_of(engine, question), FAVOURABLE, scope), scope in answer)
        for question in spoken
        for answer in (released(engine, question, keep_of(engine, question)),)
        for scope in SCOPES
    )
    return bool(
        differences(by, usual, 1) or differences(by, conditions_of(engine, spoken, named, kept), 1)
    )


@pytest.mark.slow
def test_a_change_of_a_single_clause_is_noticed_or_means_the_same() -> None:
    """Hundreds of mutants, given to one side alone; what is not noticed is proved to mean the same.

    Mutants that answer one question twice are the loader's to refuse (`two_answers`).
    """
    convention, grants = load(read(SHIPPED)), plain_grants(read(SHIPPED))
    random = Random(SEED)
    every = [one for one in mutants(grants, random) if not clashes(one.of_plain(grants))]
    chosen = every if FULL else random.sample(every, SAMPLE)
    before = meaning(grants)

    missed = [
        (mutant.grant, mutant.name)
        for at, mutant in enumerate(chosen)
        if (meaning(mutant.of_plain(grants)) != before)
        != noticed(mutant, convention, grants, at % 2)
    ]

    assert len(chosen) >= SAMPLE
    assert missed == []
