"""What holds for every record of every agency: none vanishes, all is typed."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from functools import cache
from typing import Any, Final, get_args, get_type_hints

import orjson
import pytest
from pydantic import BaseModel

from contracts.decision.draft import Draft, the_desk
from contracts.encoding import canonical, parse
from contracts.errors import IntakeError
from contracts.vocabulary.events import body_of, read_body
from contracts.vocabulary.fields import FreeText
from contracts.vocabulary.scopes import ROLES
from services.sandbox.records import CANARY, synthetic_record
from tests.contracts.decision.asking import CONVENTION
from tests.samples import (
    BOOK,
    DESKS,
    desk_of,
    drafts,
    every_filing,
    every_kind,
    filed,
    kinds,
    roles_of,
    sample,
)

# Fields that address an event or declare a condition: they stand in the cover, not in a part.
COVER = frozenset(
    {
        "kind", "reference", "case", "answers", "ends", "to", "told", "call", "danger",
        "authorisation", "inquiry_open", "parents_told", "parents_agree", "measure_open", "renewal",
        "final", "closed", "entrusted_to", "operator", "returned_to", "peer", "earlier_on",
        "confirmed", "inform_judge", "due",
        "received_on", "frame",
    }
)  # fmt: skip


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """The paths of a record's values; a list is one value."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from leaves(item, f"{path}.{name}" if path else name)
    else:
        yield path


def free_texts(model: type[BaseModel], value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(path, text) of every free-form field that a record fills."""
    for name, hint in get_type_hints(model, include_extras=True).items():
        if name in model.model_fields and isinstance(value, dict) and name in value:
            yield from _texts(hint, value[name], f"{path}.{name}" if path else name)


def _texts(hint: Any, value: Any, path: str) -> Iterator[tuple[str, str]]:
    if any(isinstance(mark, FreeText) for mark in getattr(hint, "__metadata__", ())):
        yield path, value
    elif isinstance(hint, type) and issubclass(hint, BaseModel):
        yield from free_texts(hint, value, path)
    else:
        items = value if isinstance(value, list) else [value]
        for inner in get_args(hint):
            for item in items:
                yield from _texts(inner, item, path)


@pytest.mark.parametrize(("agency", "kind"), every_kind())
def test_a_sample_has_a_canary_in_every_free_form_field_that_it_fills(
    agency: str, kind: str
) -> None:
    """The canary tests search for these; a field without one would go unwatched."""
    record = sample(agency, kind)
    found = list(free_texts(kinds(agency)[kind], record))

    without = [path for path, text in found if CANARY not in text]

    assert without == []
    assert found or kind in ("link", "unlink")


@pytest.mark.parametrize(("agency", "kind"), every_kind())
def test_a_sample_fills_every_field_of_its_kind(agency: str, kind: str) -> None:
    """Else a field could be mapped wrongly without any test seeing it."""
    model = kinds(agency)[kind]
    optional = {"case", "answers", "to", "reference"}

    missing = set(model.model_fields) - set(sample(agency, kind)) - optional

    assert missing == set()


def test_what_a_sandbox_tells_is_of_these_weeks() -> None:
    """No decision yet to come, nothing seen or absent since months ago, no hearing that is past."""
    today, found = date(2027, 3, 9), dict[str, set[int]]()
    for agency, kind in every_kind():
        text = orjson.dumps(synthetic_record(agency, kind, "", today)).decode()
        for member, day in re.findall(r'"(\w+)":"(20(?:2[5-9]|3.)-..-..)', text):
            found.setdefault(member, set()).add((date.fromisoformat(day) - today).days)

    assert all(max(found[name]) <= 0 for name in ("decided_on", "contract_on", "since", "on"))
    assert min(day for days in found.values() for day in days) > -14
    hearing = synthetic_record("police", "hearing_notice", "", today)["hearing"]
    assert hearing["at"] > today.isoformat()


@pytest.mark.parametrize(("agency", "kind", "role"), every_filing())
def test_no_field_of_a_record_vanishes(agency: str, kind: str, role: str) -> None:
    """Each is in a portion, in the cover, or named as the agency's own business."""
    record = filed(agency, kind, role)

    made = drafts(agency, record, role)

    told = {path for draft in made for path in draft.unpublished}
    for draft in made:
        for addressee in draft.to:
            for portion in addressee.portions.values():
                told |= set(portion.fields)
    lost = {
        path
        for path in leaves(record)
        if path.split(".")[0] not in COVER
        and not any(f"{path}.".startswith(f"{one}.") for one in told)  # `pupil`: `pupil.phone` too
    }
    assert lost == set()


@pytest.mark.parametrize(("agency", "kind", "role"), every_filing())
def test_what_is_drafted_can_be_read_and_has_no_number_of_the_agency_s_own(
    agency: str, kind: str, role: str
) -> None:
    """Each part by its scope's model; the reference is hashed into the token, the record kept."""
    record = filed(agency, kind, role) | {"reference": "own-case-number-4711"}
    before = copy.deepcopy(record)

    made, again = (drafts(agency, record, role) for _ in range(2))

    assert (made, record) == (again, before)
    for draft in made:
        for scope, portion in (row for one in draft.to for row in one.portions.items()):
            text = canonical(portion.body.wire())
            assert type(portion.body) is body_of(draft.etype, scope)
            assert read_body(draft.etype, scope, parse(text, limit=1 << 18)) == portion.body
            assert portion.fields
            assert b"4711" not in text


def questions_of(made: list[Draft], role: str) -> set[tuple[str, str, str, str, str]]:
    """The questions that drafts put to the convention."""
    return {
        (draft.realm, role, draft.etype, one.purpose, DESKS[one.desk])
        for draft in made
        for one in draft.to
        if one.purpose is not None
    }


@cache
def reachable() -> frozenset[tuple[str, str, str, str, str]]:
    """Every question that some record of some agency asks, whichever desk it names."""
    found: set[tuple[str, str, str, str, str]] = set()
    for agency, kind, role in every_filing():
        for change in ({}, {"frame": "joint_evaluation"}, {"measure": "specialist_followup"}):
            record = filed(agency, kind, role)
            if not set(change) <= set(record):
                continue
            found |= _asked(agency, record | change, role)
    return frozenset(found)


def _asked(agency: str, record: dict[str, Any], role: str) -> set[tuple[str, str, str, str, str]]:
    found = questions_of(drafts(agency, record, role), role)
    answers = [{k: v for k, v in one.items() if k != "to"} for one in record.get("answers", ())]
    for recipient in set(ROLES) - {role}:
        named = record | {"to": [desk_of(recipient)], "answers": answers}
        with suppress(IntakeError):  # a desk that the criminal realm does not have
            found |= questions_of(drafts(agency, named, role), role)
    return found


@pytest.mark.parametrize("question", sorted(CONVENTION.by_question), ids="-".join)
def test_every_question_of_the_convention_can_be_asked_by_a_record(
    question: tuple[str, str, str, str, str],
) -> None:
    """Every civil and criminal clause, R01 to R43, is reached from each of its issuers."""
    grant = CONVENTION.by_question[question]
    if grant.publication:  # R44, R45: no desk issues them
        return

    assert question in reachable(), grant.id


@pytest.mark.parametrize("clause", [f"R{n:02}" for n in range(1, 44)])
def test_a_clause_s_scopes_are_offered_by_some_record(clause: str) -> None:
    """For each grant and issuer, some sample fills every scope that the clause names."""
    for grant in CONVENTION.grants:
        if grant.clause != clause:
            continue
        for issuer in grant.issuers:
            offered: set[str] = set()
            for agency, kind in every_kind():
                if issuer in roles_of(agency, kind):
                    offered |= _offered(agency, kind, issuer, grant.event, grant.realm)
            wider = {one.partition(".")[0] for one in offered}  # of those that are asked for
            assert {*grant.scopes} <= offered | wider, issuer


def _offered(agency: str, kind: str, role: str, event: str, realm: str) -> set[str]:
    return {
        scope
        for draft in drafts(agency, filed(agency, kind, role), role)
        if draft.etype == event and draft.realm == realm
        for addressee in draft.to
        for scope in addressee.portions
    }


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("agency", "kind"), every_kind())
def test_an_error_never_repeats_a_value_nor_an_unknown_name(agency: str, kind: str) -> None:
    """Each value of a record is made wrong in turn: the error says where, not what."""
    role = roles_of(agency, kind)[0]
    secret = "Chloé-Martin-SECRET\x00"
    record = filed(agency, kind, role)
    for place in _places(record):
        spoilt = copy.deepcopy(record)
        _set(spoilt, place, secret)

        with pytest.raises(IntakeError) as caught:
            drafts(agency, spoilt, role)

        assert "SECRET" not in str(caught.value), place
        assert caught.value.place, place
    with pytest.raises(IntakeError, match="field_unknown") as unknown:
        drafts(agency, record | {"chloe_secret": 1}, role)
    assert "chloe_secret" not in str(unknown.value)


def _places(value: Any, steps: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for step, item in items:
        yield (*steps, step)
        if isinstance(item, dict | list):
            yield from _places(item, (*steps, step))


def _set(record: Any, steps: tuple[Any, ...], value: Any) -> None:
    for step in steps[:-1]:
        record = record[step]
    record[steps[-1]] = value


def test_an_unknown_kind_is_told_with_those_that_there_are() -> None:
    """And a kind that is no text is no kind."""
    for kind in ("gossip", 7, None, ["signalement"]):
        with pytest.raises(IntakeError) as caught:
            drafts("police", {"kind": kind, "reference": "x"}, "POL")

        assert caught.value.code == "kind_unknown"
        assert "found_minor" in caught.value.expected


@pytest.mark.parametrize(("agency", "kind"), every_kind())
def test_a_kind_is_refused_to_a_desk_of_another_role(agency: str, kind: str) -> None:
    """A head teacher files no evaluation contribution, a judge no OPP."""
    allowed = roles_of(agency, kind)
    for role in set(ROLES) - set(kinds(agency)[kind].roles or allowed):
        if ROLES[role] == agency:
            with pytest.raises(IntakeError, match="kind_not_for_desk"):
                drafts(agency, filed(agency, kind, allowed[0]), role)


# --- addressing -----------------------------------------------------------------------------------


def test_a_desk_without_a_clause_gets_no_purpose() -> None:
    """EDU to POL: the later stage makes an attempt of it, without content."""
    record = sample("education", "information_preoccupante", to=["pol", "crip"])

    (draft,) = drafts("education", record, "EDU-H")

    assert [(one.desk, one.purpose) for one in draft.to] == [("pol", None), ("crip", "assess")]


EVENT: Final = "01939e3a-0000-7000-8000-000000000001"


@pytest.mark.parametrize(
    ("role", "kind", "change", "code", "place"),
    [
        ("EDU-S", "information_preoccupante", {"reference": None}, "no_case", ""),
        ("EDU-S", "information_preoccupante", {"to": ["nobody"]}, "desk_unknown", "to[0]"),
        ("EDU-S", "information_preoccupante", {"to": ["edu-s"]}, "own_desk", "to[0]"),
        ("EDU-S", "information_preoccupante", {"to": ["crip", "CRIP"]}, "desk_repeated", ""),
        ("EDU-S", "information_preoccupante", {"to": ["crip/../pol"]}, "text_not_allowed", "to[0]"),
        ("PARQ-CIV", "opp", {"entrusted_to": None}, "desk_ambiguous", "to"),
        ("POL", "hearing_notice",
         {"answers": [{"issuer": "parq-crim", "event": EVENT, "realm": "criminal"}]},
         "answer_not_used", "answers[0]"),
        *(("ASSO", "evaluation_report", {"answers": [{"issuer": issuer, "event": EVENT}]},
           "desk_unknown", "answers[0].issuer")
          for issuer in ("zoe-martin", "crip-2", "router")),
        ("CRIP", "link", {"peer": sample("child_welfare", "link")["case"]}, "not_two_cases", ""),
        ("CRIP", "link", {"case": None, "reference": "r"}, "not_two_cases", ""),
        ("CRIP", "link", {"confirmed": False}, "code_unknown", "confirmed"),
        ("ASE", "absence_notice", {"to": None}, "desk_ambiguous", "to"),
        ("PARQ-CIV", "soit_transmis", {"due": None}, "field_missing", "due"),
        ("JE", "decision", {"measure": "aemo", "ends_on": None}, "incomplete", "measure"),
    ],
)  # fmt: skip
def test_what_a_record_lacks_or_has_wrongly_is_refused_at_its_place(
    role: str, kind: str, change: dict[str, Any], code: str, place: str
) -> None:
    """Its case, addressee, answer, link, day, end; what the caller wrote is never repeated."""
    agency = ROLES[role]

    with pytest.raises(IntakeError) as caught:
        drafts(agency, sample(agency, kind, **change), role)

    assert (caught.value.code, caught.value.place) == (code, place)
    for word in ("nobody", "zoe-martin", "crip-2", "router"):
        assert word not in str(caught.value)


def test_two_homes_are_ambiguous_until_one_is_named() -> None:
    """Two desks of one role never see each other's children."""
    assert the_desk(BOOK, "civil", "HOME", "home-2") == "home-2"

    with pytest.raises(IntakeError, match="desk_ambiguous"):
        the_desk(BOOK, "civil", "HOME")
    with pytest.raises(IntakeError, match="desk_of_other_role"):
        the_desk(BOOK, "civil", "HOME", "ase")
    with pytest.raises(IntakeError, match="desk_unknown"):
        the_desk(BOOK, "criminal", "HOME", "home-1")


def test_a_quoted_case_goes_into_the_draft_of_either_realm() -> None:
    """Whose token it is, its service knows; in the other realm it counts as a reference."""
    token = "b" * 42 + "A"
    record = sample("justice", "soit_transmis", reference=None, case=token)

    criminal, civil = drafts("justice", record, "PARQ-CRIM")

    assert (criminal.realm, criminal.case, criminal.reference) == ("criminal", token, "")
    assert (civil.realm, civil.case, civil.reference) == ("civil", token, "")
