"""What a partner is told of a record that cannot be taken: all of it at once, and no value."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.decision.draft import Issuer
from contracts.errors import IntakeError
from contracts.vocabulary.schema_faults import MOST
from services.agency.trade import trade_of
from tests.samples import BOOK, concern, sample
from tests.services.test_becomes import body

ISSUER = Issuer("edu-s", "EDU-S", "2026-11-25")


def drafts(record: dict[str, Any], issuer: Issuer = ISSUER, agency: str = "education") -> Any:
    """What an agency makes of a record on a day."""
    return trade_of(agency).intake(record, issuer, BOOK)


def faults(record: dict[str, Any], agency: str = "education") -> set[tuple[str, str]]:
    """(place, code) of all that is wrong with a record."""
    with pytest.raises(IntakeError) as caught:
        drafts(record, agency=agency)
    assert caught.value.faults[0] is caught.value
    return {(fault.place, fault.code) for fault in caught.value.faults}


PUPIL = concern()["pupil"]
PARTNERS = {
    "kind": "event", "event": "IP", "purpose": "assess", "reference": "r", "to": ["crip"],
    "content": {"IDENTITY": {"birth_date": "2027-01-01", "sex": "x"}, "FACTS": {"facts": [{}]}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("record", "agency", "told"),
    [
        (concern(pupil={"first_name": 7, "birth_date": "12/03/2011"}, signs=["no_such_sign"],
                 gossip="x", reference=None), "education",
         {("pupil.first_name", "wrong_type"), ("pupil.birth_date", "text_not_allowed"),
          ("signs[0]", "code_unknown"), ("", "field_unknown"), ("", "no_case")}),
        (concern(to=["nobody"],
                 pupil=PUPIL | {"birth_date": "2011-05-14", "approximate_age": 15}), "education",
         {("to[0]", "desk_unknown"), ("pupil.approximate_age", "contradiction")}),
        (PARTNERS, "elsewhere",
         {("content.IDENTITY.birth_date", "date_in_future"),
          ("content.IDENTITY.sex", "code_unknown"),
          ("content.FACTS.facts[0].observed", "field_missing")}),
    ],
    ids=["fields", "bodies and addressee", "a partner's scopes"],
)  # fmt: skip
def test_all_faults_of_a_record_are_told_at_once(
    record: dict[str, Any], agency: str, told: set[tuple[str, str]]
) -> None:
    """Fields of any depth, an unknown one, no case, a day beside an age, a desk of nobody."""
    assert faults(record, agency) == told


def test_a_record_of_thousands_of_faults_is_told_some() -> None:
    """What is answered does not grow with what is sent: half a megabyte was answered by twenty."""
    lengthy = concern(to=[1] * 5000, answers=[{}] * 5000, gossip="x")

    told = faults(lengthy)

    assert len(told) == MOST
    assert ("answers[0].event", "field_missing") in told


@pytest.mark.parametrize(
    ("written", "read"),
    [("a\r\nb", "a\nb"), ("a\rb", "a\nb"), ("a\tb", "a b"), (" a b\u00a0\r\n", "a b")],
)
def test_line_ends_tabs_and_blanks_around_are_taken_as_what_they_are(
    written: str, read: str
) -> None:
    """Windows writes CRLF, a spreadsheet tabs; "ASSO 1 " is the case of "ASSO 1"."""
    (draft,) = drafts(concern(remarks=written, reference=" ASSO 1 "))

    assert draft.reference == "ASSO 1"
    assert body(draft, "crip", "SCHOOLING")["remarks"] == read


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"Pupils": 1}, "a name that begins like pupil"), ({"Zoé": 1}, "another field"),
     ({"remarks": "a\u202eb"}, "turn the reading order")],
)  # fmt: skip
def test_a_slip_has_its_own_sentence(changes: dict[str, Any], said: str) -> None:
    """What was written is repeated nowhere."""
    with pytest.raises(IntakeError) as caught:
        drafts(concern(**changes))
    assert said in caught.value.describe()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"pupil": {"first_name": "Zoé", "birth_date": "2026-11-26"}},
         ("pupil.birth_date", "date_in_future")),
        ({"pupil": {"first_name": "Zoé", "birth_date": "1900-01-01"}},
         ("pupil.birth_date", "not_valid")),
        ({"observations": [{"seen": "x", "seen_on": "2026-11-26"}]},
         ("observations", "date_in_future")),
        ({"absences": {"half_days": 3, "since": "2026-11-26"}},
         ("absences.since", "date_in_future")),
        ({"absences": {"half_days": 3, "unjustified": 90}},
         ("absences.unjustified", "contradiction")),
        ({"pupil": {"first_name": " \n\u00a0"}}, ("pupil.first_name", "text_too_short")),
        ({"pupil": {"first_name": "\u3164\u115f"}}, ("pupil.first_name", "text_too_short")),
        ({"observations": [{"seen": "\u2800 \u200d"}]}, ("observations[0].seen", "text_too_short")),
        ({"remarks": "a\x1b[2Jb"}, ("remarks", "text_not_allowed")),
        ({"pupil": {"first_name": "Zoé", "approximate_age": 99}},  # of the body: its field's name
         ("pupil.approximate_age", "number_too_large")),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_at_its_field(
    changes: dict[str, Any], fault: tuple[str, str]
) -> None:
    """The day is given, not read: the next day such a day is taken. Blanks say nothing."""
    assert fault in faults(concern(**changes))
    if fault[1] == "date_in_future":
        assert drafts(concern(**changes), Issuer("edu-s", "EDU-S", "2026-11-26"))


DUE, DECIDED = "date_in_past", "date_in_future"
MEASURE = {"kind": "event", "event": "MEASURE", "purpose": "execute_opp", "reference": "r",
           "to": ["home-1"]}  # fmt: skip


@pytest.mark.parametrize(
    ("record", "agency", "code"),
    [
        (sample("justice", "opp", decided_on="2026-11-26"), "justice", DECIDED),
        (sample("justice", "soit_transmis", due="2026-11-26"), "justice", DUE),
        (MEASURE | {"decided_on": "2026-11-26"}, "elsewhere", DECIDED),
        (MEASURE | {"due": "2026-11-26"}, "elsewhere", DUE),
    ],
)
def test_a_day_on_the_wrong_side_of_today_is_refused(
    record: dict[str, Any], agency: str, code: str
) -> None:
    """Eight days would run from a day to come; an answer would be late as it is asked for."""
    wrong = "2026-11-27" if code == DUE else "2026-11-25"

    with pytest.raises(IntakeError, match=f"{code} at "):
        drafts(record, Issuer("parq-civ", "PARQ-CIV", wrong), agency)
    assert drafts(record, Issuer("parq-civ", "PARQ-CIV", "2026-11-26"), agency)
