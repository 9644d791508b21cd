"""Every list of codes with what people read for it, in French and English."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from contracts.convention.model import Convention
from contracts.encoding import b64u, canonical, sha256
from contracts.vocabulary import scopes
from contracts.vocabulary.conditions import CONDITIONS
from contracts.vocabulary.reasons import REASONS
from services.agency.discovery.responses import (
    BothLanguages,
    CodeList,
    CodeLists,
    LabelledCode,
    label_of,
)
from services.labels import body_labels, code_labels, record_labels
from services.labels.problem_texts import PROBLEM_TEXTS, ProblemText
from services.labels.reason_advice import REASON_ADVICE, ReasonAdvice
from services.texts import Text

_VALUES: Final = body_labels.VALUE_LABELS | record_labels.RECORD_VALUES
# Name of a list -> its codes and their words; those of roles, agencies and scopes are the convention's first.
_LISTS: Final[Mapping[str, tuple[Iterable[str], Mapping[str, Text]]]] = {
    "realms": (scopes.REALMS, code_labels.REALM_LABELS),
    "agencies": (scopes.AGENCIES, code_labels.AGENCY_NAMES),
    "roles": (scopes.ROLES, code_labels.ROLE_LABELS),
    "event_types": (
        (*scopes.EVENT_TYPES, *scopes.BUS_EVENTS, *scopes.ROUTER_EVENTS),
        code_labels.EVENTS,
    ),
    "purposes": (
        (
            *scopes.PURPOSES,
            scopes.ACKNOWLEDGE,
            scopes.WITHDRAWAL,
            scopes.JUSTIFY,
            scopes.ENTRUSTING,
        ),
        code_labels.PURPOSE_TEXTS,
    ),
    "scopes": (scopes.SCOPES, code_labels.SCOPE_LABELS),
    "conditions": (CONDITIONS, code_labels.CONDITION_TEXTS),
    "reasons": (REASONS, code_labels.REASON_TEXTS),
    "problems": (PROBLEM_TEXTS, {code: text.meaning for code, text in PROBLEM_TEXTS.items()}),
    "stages": (scopes.TOLD_STAGES, code_labels.STAGES),
    "outcomes": (scopes.JUDICIAL_OUTCOMES, body_labels.VALUE_LABELS),
    "motives": (scopes.MOTIVES, code_labels.MOTIVE_TEXTS),
    "acts": (code_labels.ACTS, code_labels.ACTS),
    "values": (_VALUES, _VALUES),
    "kinds": (record_labels.KIND_LABELS, record_labels.KIND_LABELS),
}
_ADVICE: Final[Mapping[str, Mapping[str, ProblemText | ReasonAdvice]]] = {
    "problems": PROBLEM_TEXTS,
    "reasons": REASON_ADVICE,
}


def code_lists(conventions: Iterable[Convention]) -> CodeLists:
    """All lists.

    Args:
        conventions: in force; what they call a role, an agency or a scope goes before our word for it.
    """
    own = _own(conventions)
    lists = tuple(
        CodeList(name=name, codes=_codes(codes, words, own.get(name, {}), _ADVICE.get(name, {})))
        for name, (codes, words) in _LISTS.items()
    )
    digest = sha256(canonical([one.wire() for one in lists]))
    return CodeLists(version=b64u(digest), lists=lists)


def _own(conventions: Iterable[Convention]) -> dict[str, dict[str, dict[str, str]]]:
    """What conventions call roles, agencies and scopes; of two the first."""
    found: dict[str, dict[str, dict[str, str]]] = {"roles": {}, "agencies": {}, "scopes": {}}
    for convention in conventions:
        roles = {role: spec.label for role, spec in convention.roles.items()}
        found["roles"] = roles | convention.readers | found["roles"]
        found["agencies"] = convention.party_labels | found["agencies"]
        found["scopes"] = convention.scope_labels | found["scopes"]
    return found


def _codes(
    codes: Iterable[str],
    words: Mapping[str, Text],
    own: Mapping[str, Mapping[str, str]],
    advice: Mapping[str, ProblemText | ReasonAdvice],
) -> tuple[LabelledCode, ...]:
    said = {code: _said(words[code]) for code in codes if code in words}
    said |= {code: label_of(label) for code, label in own.items()}
    told: dict[str, dict[str, Any]]
    told = {code: {"at": one.at, "next": _said(one.next)} for code, one in advice.items()}
    return tuple(
        LabelledCode(code=code, fr=label.fr, en=label.en, **told.get(code, {}))
        for code, label in said.items()
    )


def _said(text: Text) -> BothLanguages:
    return BothLanguages(fr=text.say("fr"), en=text.say("en"))
