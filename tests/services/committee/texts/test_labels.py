"""Every code has words in both languages, the same as the convention file's where it has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from contracts.vocabulary import reasons
from contracts.vocabulary.conditions import CONDITIONS
from contracts.vocabulary.scopes import (
    EVENT_TYPES,
    PURPOSES,
    ROLES,
    ROUTER_EVENTS,
    SCOPES,
    SYSTEM_EVENTS,
)
from services.committee.texts.earlier_wording import says
from services.committee.texts.labels import (
    act_text,
    condition_text,
    event_label,
    owed_text,
    purpose_label,
    reason_text,
    role_label,
    scope_label,
    within_text,
)
from services.labels.code_labels import REASON_TEXTS, ROLE_LABELS, ROLE_NAMES, SCOPE_LABELS
from tests.contracts.convention.kit import convention


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_code_has_words(lang: str) -> None:
    """None is shown as its code."""
    codes: dict[Callable[[str, str], str], Iterable[str]] = {
        reason_text: reasons.REASONS,
        role_label: ROLES,
        scope_label: SCOPES,
        event_label: (*EVENT_TYPES, *SYSTEM_EVENTS, *ROUTER_EVENTS),
        purpose_label: (*PURPOSES, "acknowledge", "withdraw"),
        condition_text: CONDITIONS,
    }
    for say, known in codes.items():
        # Some codes are words themselves: those say what they mean.
        shown = {code for code in known if say(code, lang) == code}
        assert shown <= ({"investigate", "acknowledge"} if lang == "en" else {"CRIP"})


def test_no_text_is_kept_for_a_reason_that_does_not_exist() -> None:
    """The list of reasons is closed on both sides."""
    assert set(REASON_TEXTS) == set(reasons.REASONS)


def test_every_act_of_a_duty_has_words() -> None:
    """In both languages, with the clause that it is."""
    duties = [duty for grant in convention().grants for duty in grant.duties]
    duties += convention().system["WITHDRAW"].duties

    for duty in duties:
        for lang in ("fr", "en"):
            said = act_text(duty.act, lang)
            assert "ACK" not in said
            assert "prévu" not in said
            assert "event that is due" not in said
            assert duty.within in ("due", "day") or duty.within not in owed_text(duty, lang)


def test_labels_without_a_convention_are_those_of_the_shipped_file() -> None:
    """One label a thing, wherever it is shown."""
    ours = convention()
    for role, spec in ours.roles.items():
        assert all(says(spec.label[lang], ROLE_LABELS[role].say(lang)) for lang in ("fr", "en"))
        assert all(says(spec.named[lang], ROLE_NAMES[role].say(lang)) for lang in ("fr", "en"))
    for reader, label in ours.readers.items():
        assert all(says(label[lang], ROLE_LABELS[reader].say(lang)) for lang in ("fr", "en"))
    for scope, label in ours.scope_labels.items():
        assert all(says(label[lang], SCOPE_LABELS[scope].say(lang)) for lang in ("fr", "en"))


def test_an_unknown_code_is_shown_as_it_is() -> None:
    """Wording never raises."""
    assert reason_text("brand_new", "fr") == "brand_new"
    assert act_text("R77", "en") == "the event that is due (R77)"
    assert within_text("whenever", "fr") == "whenever"
