"""Bodies refuse what they must, and come back from canonical JSON as they were."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from contracts.convention.load import load
from contracts.conventions import shipped
from contracts.encoding import b64u, canonical, parse
from contracts.errors import EnvelopeError
from contracts.vocabulary.categories import BODIES
from contracts.vocabulary.events import ACTS, body_of, read_body
from contracts.vocabulary.fields import LINE, PHOTO, PHOTO_TEXT, SHORT, SUMMARY, TEXT
from contracts.vocabulary.scopes import SCOPES

_HASH = "A" * 43


def figures(**told: Any) -> dict[str, Any]:
    """A month in which one cell is told so: `count=10`, `suppressed=True`."""
    return {
        "period": "2026-12",
        "convd": _HASH,
        "heads": [{"partition": 0, "index": 7, "leaf": _HASH}],
        "cells": [{"table": "acts", "row": "IP.assess", "column": "EDU-S", **told}],
    }


SECRET = "Chloé-SECRET"

# One small body a scope, written by hand.
VALID: dict[str, dict[str, Any]] = {
    "IDENTITY": {"first_name": "Chloé", "approximate_age": 15, "sex": "female"},
    "IDENTITY.description": {"height_cm": 162, "clothing": "manteau noir"},
    "CONTACT": {"points": [{"who": "mother", "phone": "+33 6 39 98 01 02"}]},
    "FAMILY": {"holders": [{"name": "Nadia Martin", "relation": "mother"}]},
    "SCHOOLING": {"level": "3e", "half_days_absent": 14},
    "FACTS": {"facts": [{"observed_on": "2026-11-23", "observed": "Dort en cours.\nDeux fois."}]},
    "FACTS.summary": {"summary": "Trouvée la nuit dans un hôtel."},
    "FACTS.third_party": {"persons": [{"name": "Kevin", "role": "suspected_exploiter"}]},
    "FACTS.source": {"kind": "neighbour", "name": "Jeanne"},
    "RISK": {"level": "high", "flags": ["exploitation"]},
    "RISK.level": {"level": "low"},
    "RISK.flags": {"flags": ["runaway_repeated"]},
    "RISK.safety": {"note": "Ne pas donner l'adresse."},
    "HEALTH": {"record": "Dossier."},
    "HEALTH.vital": {"signs": ["insulin"]},
    "PROCEDURE": {"number": "2026/1", "text": "Proxénétisme."},
    "PROCEDURE.reference": {"number": "2026/1"},
    "PROCEDURE.status": {"status": "judge_seized"},
    "PROCEDURE.hearing": {"at": 1796115600, "place": "Salle Mélanie"},
    "MEASURE": {"measure": "aed", "decided_on": "2026-11-27"},
    "MEASURE.proposal": {"proposed": ["aemo_reinforced"]},
    "MEASURE.actions": {"actions": [{"action": "Un seul numéro la nuit", "by": "HOME"}]},
    "MEASURE.attendance": {"month": "2026-12", "planned": 8, "kept": 6},
    "MEASURE.custodian": {"service": "ASE", "phone": "01 99 00 12 34"},
    "LOCATION": {"place": "Gare", "kind": "station"},
    "CODE.questions": {"questions": ["attendance"]},
    "CODE.outcome": {"outcome": "being_evaluated"},
    "CODE.attendance": {"attends": True},
    "CODE.absence": {"status": "absence_known", "since": "2026-11-28"},
    "CODE.meeting": {"at": 1796115600, "duration_minutes": 90, "at_premises_of": "ASE"},
    "STAT.counts": figures(count=10),
}


def refusal(scope: str, value: Any, etype: str = "IP") -> EnvelopeError:
    """The error of a body that must be refused."""
    with pytest.raises(EnvelopeError) as caught:
        read_body(etype, scope, value)
    return caught.value


@pytest.mark.parametrize("scope", SCOPES)
def test_every_scope_has_a_body_that_survives_canonical_json(scope: str) -> None:
    """What is sealed is what is read."""
    body = BODIES[scope].model_validate_json(canonical(VALID[scope]))

    wire = canonical(body.wire())

    assert parse(wire, limit=1 << 20) == VALID[scope]
    assert BODIES[scope].model_validate_json(wire) == body


@pytest.mark.parametrize("scope", SCOPES)
def test_each_field_refuses_null_and_fractions_and_no_other_field_is_known(scope: str) -> None:
    """Absent means absent, integers only, even 15.0; the name of an unknown field is input too."""
    error = refusal(scope, {**VALID[scope], SECRET.lower(): 1})
    assert error.code in ("body_field_unknown", "body_field_missing")
    assert SECRET.lower() not in str(error)
    for name in BODIES[scope].model_fields:
        for other in (None, 15.0, 15.5):
            with pytest.raises(ValidationError):
                BODIES[scope].model_validate_json(canonical({**VALID[scope], name: other}))


# A text of each kind: how long it may be at most.
CAPS = {
    ("IDENTITY", "first_name"): LINE,
    ("RISK.safety", "note"): SHORT,
    ("FACTS.summary", "summary"): SUMMARY,
    ("RISK", "appraisal"): TEXT,
}


def test_text_is_capped_and_the_error_gives_sizes_alone() -> None:
    """The last character that fits is accepted, the next one refused."""
    for (scope, field), cap in CAPS.items():
        read_body("IP", scope, {**VALID[scope], field: "é" * cap})

        error = refusal(scope, {**VALID[scope], field: SECRET + "é" * cap})

        assert error.code == "body_text_too_long"
        assert (error.got, error.expected) == (f"{cap + len(SECRET)} characters", f"at most {cap}")
        assert SECRET not in str(error)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *((f"{SECRET}{mark}x", "body_text_not_allowed") for mark in (
            "\x00", "\x07", "\t", "\r", "\x1b", "\x7f", "\x85", "\u2028", "\u2029",  # controls
            "\u061c", "\u200e", "\u200f", "\u202a", "\u202e", "\u2066", "\u2069",  # reorder
            "\u00ad", "\u200b", "\u2060", "\ufeff", "\ufff9", "\U000e0041",  # are not seen
        )),
        # a page would show nothing, whatever an issuer of its own software sealed
        *((blank, "body_text_too_short") for blank in (
            "\u3164", "\ufffc", "\u2800\u200d ", "\u00a0\u0301")),
    ],
)  # fmt: skip
def test_a_text_shows_its_reader_what_it_is(text: str, code: str) -> None:
    """Of every kind: nothing unseen, nothing that reorders what is seen, and not nothing."""
    for scope, field in CAPS:
        error = refusal(scope, {**VALID[scope], field: text})

        assert (error.code, error.place) == (code, f"{scope}:{field}")
        assert SECRET not in str(error)


@pytest.mark.parametrize("name", ["می\u200cخواهم", "श्री\u200dमती", "N'Guessan-Élodie"])
def test_what_scripts_need_to_join_letters_is_taken(name: str) -> None:
    """The two joiners are part of how Persian and Indic names are written."""
    body = read_body("IP", "IDENTITY", {**VALID["IDENTITY"], "first_name": name})

    assert body.wire()["first_name"] == name


@pytest.mark.parametrize("day", ["2026-02-30", "2026-13-01", "26-11-27", "٢٠٢٦-١١-٢٧", "2026-11-7"])
def test_a_day_is_one_of_the_calendar(day: str) -> None:
    """February has no thirtieth, and digits are ASCII."""
    error = refusal("IDENTITY", {"first_name": "Chloé", "birth_date": day})

    assert error.code in ("body_not_a_date", "body_text_not_allowed")
    assert day not in str(error)


def test_an_unknown_code_is_told_with_those_that_are_known() -> None:
    """A coded value outside the list names the list, not itself."""
    error = refusal("RISK.level", {"level": SECRET})

    assert error.code == "body_code_unknown"
    assert "grave_and_immediate" in error.expected
    assert SECRET not in str(error)


def test_the_largest_photo_fits_into_a_part() -> None:
    """256 KiB of compact JWE hold 136 KiB of picture, base64 twice, with the longest texts."""
    longest = dict.fromkeys(("hair", "eyes"), "é" * LINE)
    longest |= dict.fromkeys(("clothing", "marks"), "é" * SHORT)
    photo = {"media": "image/jpeg", "data": b64u(bytes(PHOTO))}

    body = read_body("MISSING", "IDENTITY.description", {**longest, "photo": photo})

    plaintext = len(canonical(body.wire())) + 512 + 400  # padding; evt, iss, cat, salt
    assert len(photo["data"]) == PHOTO_TEXT
    assert plaintext * 4 // 3 + 1200 < 256 * 1024  # head, key, iv, tag


def test_a_photo_is_canonical_base64url_and_capped() -> None:
    """Altered tails are refused, and so is one byte too many."""
    for data in ("AB", "AA=", "A", b64u(bytes(PHOTO + 3))):
        value = {"photo": {"media": "image/jpeg", "data": data}}

        error = refusal("IDENTITY.description", value, "MISSING")

        assert error.place == "IDENTITY.description:photo.data"


def test_an_act_has_a_body_for_each_scope_that_it_carries() -> None:
    """`body_of` gives the act's own body, else the scope's usual one, and knows no other scope."""
    for etype, act in ACTS.items():
        for scope, body in act.bodies().items():
            assert body_of(etype, scope) is body
            assert issubclass(body, BODIES[scope])
    assert body_of("IP", "HEALTH") is BODIES["HEALTH"]
    with pytest.raises(EnvelopeError, match="scope_unknown"):
        body_of("IP", "HEALTH.full")


def test_acts_carry_what_clauses_release() -> None:
    """Each scope that a clause lets through has a body in the clause's act."""
    released = {(grant.event, scope) for grant in load(shipped()).grants for scope in grant.scopes}

    assert released <= {(etype, scope) for etype, act in ACTS.items() for scope in act.bodies()}
