"""Why a file does not load, one sentence a fault: code -> English, and the catalogue's French.

Reviewed as text. `{0}`, `{1}` … are the error's facts: codes, names, numbers and dates of the file;
`{known}` the codes that may stand there. What clauses mean has words of its own
(`coherence_errors`).
"""

from __future__ import annotations

from typing import Final

from contracts.convention.clauses import ORIGINS, SECRECY
from contracts.convention.duty import STARTS
from contracts.errors import ConventionError
from contracts.vocabulary.conditions import CONDITIONS
from contracts.vocabulary.scopes import (
    ACK_STAGES,
    EVENT_TYPES,
    PURPOSES,
    REALMS,
    RETENTION_CLASSES,
    SCOPES,
)
from services.committee.texts import coherence_errors

_FILE: Final[dict[str, str]] = {
    "too_large": "the file is larger than the {1} bytes that are allowed",
    "not_utf8": (
        "this line holds a character that is not encoded in UTF-8; save the file "
        "again as plain text, encoding UTF-8"
    ),
    "not_yaml": (
        "the file cannot be read as YAML; look here and above for a bracket, a brace or a quote "
        "that is not closed, an apostrophe between single quotes, a tab or a no-break space, a "
        "line that begins too far left or right, and a text without quotes that holds a colon"
    ),
    "empty_file": "the file is empty, or holds nothing but comments",
    "not_a_mapping": "the file is not made of fields (“name: value”)",
    "alias_not_allowed": (
        "a YAML alias (`*name`) is not allowed: each clause is read by itself; write "
        "here what the alias stands for; a text that begins with * goes in quotes"
    ),
    "anchor_not_allowed": "a YAML anchor (`&name`) is not allowed",
    "tag_not_allowed": "a YAML tag (`!name`) is not allowed",
    "directive_not_allowed": "a YAML directive (`%…`) is not allowed",
    "several_documents": "the file holds several documents, parted by `---`",
    "too_deep": "too many levels are nested",
    "too_many_nodes": "the file has too many elements",
    "bad_key": "the name of a field is a word, not a list or a group of fields",
    "duplicate_key": "the same field name stands here twice; keep one",
    "wrong_type": "what is written here has another form",
    "unknown_field": (
        "the field “{0}” does not exist here; correct its name; a text that holds a comma goes "
        "in quotes"
    ),
    "missing_field": "the field “{1}” is missing",
    "field_given_twice": (
        "the field “{0}” stands at the clause and also at one of its parts (`grants`)"
    ),
    "repeated_item": "“{0}” stands twice in this list",
    "too_many_items": "“{0}” has more than {1} items",
    "too_many_questions": (
        "from {0} on, the clauses answer more than {1} questions (sender, act, purpose, recipient)"
    ),
    "never_applies": "the list “{0}” is empty: the clause would never apply",
    "empty_text": "the text “{1}” is empty",
    "missing_label": "the text “{1}” is missing or empty",
    "missing_sentence": "the sentence is missing, or missing in one of the two languages (“{1}”)",
    "text_too_long": "this text has {0} characters, more than are allowed",
    "suspicious_character": (
        "this text holds a character that is invisible or not of the Latin alphabet ({0}); type "
        "the word anew; for a no-break space (U+00A0, U+202F) write a plain one"
    ),
    "look_alike": (
        "this code holds a letter with an accent or of another alphabet, which may "
        "deceive the eye; type the code anew, without accents"
    ),
    "bad_code": (
        "“{0}” does not have the form of a code; use letters without accents, digits "
        "and - _ . : | alone, no space"
    ),
    "bad_date": (
        "this is not a date that exists; write YYYY-MM-DD, such as 2026-01-31; among "
        "holidays, MM-DD, such as 07-14"
    ),
    "bad_offset": (
        'this offset is neither winter time nor summer time in Paris; write "+01:00" (winter) or '
        '"+02:00" (summer)'
    ),
    "bad_digest": (
        "this is not the digest of a convention; copy the 43 characters that "
        "`relais convention lint` tells of it"
    ),
    "bad_quorum": (
        "a quorum of {0} does not fit the number of parties, {1}; write `all` (all "
        "parties), or a number from 1 to {1}"
    ),
    "no_reference": (
        "a table `access` without a role: nobody could look a case up; write one at least, such "
        "as [CRIP]"
    ),
    "no_parties": "the convention has no party",
    "bad_party": (
        "“{0}” cannot be the code of a party; use small letters without accents and "
        "_ alone, and no name of the bus's own, such as admin"
    ),
    "bad_clause_id": (
        "“{0}” does not have the form of a clause's identifier; write R and two "
        "digits, or three from R100 on, such as R46"
    ),
    "clause_repeated": (
        "the same clause identifier, {0}, is used twice; give the new clause an "
        "identifier that was never used"
    ),
    "bad_act": (
        "“{0}” is not an act that can be owed; write an acknowledgement "
        "(ACK:received), a clause (R11, R12|R39) or a final outcome (R39:final)"
    ),
    "bad_within": (
        "“{0}” is not a time limit; write for example 15min, 2h, day (the same day), "
        "1wd (working day), 8d, 3mo, due (a date that the sender sets)"
    ),
    "bad_repeat": (
        "a duty that repeats cannot run like this (“{0}”): its dates are counted in "
        "months; write for example `within: 1mo`, without `urgent_within: due`, from "
        "`delivery` or `transmission`"
    ),
    "bad_opening": (
        "“{0}” cannot open a duty; write a stage (ACK:started), or a duty that was open (open:R23)"
    ),
    "unknown_role": (
        "“{0}” is not a role that is known here; correct the code, or add it to the "
        "table `roles` (`readers` for a reader of statistics)"
    ),
    "unknown_assignee": (
        "“{0}”: an event makes nobody but its sender and its recipient take part in "
        "the case; write `issuer`, `recipient` or both; another role comes in by a "
        "clause of which it is itself a sender or a recipient"
    ),
    "unknown_agency": (
        "“{0}” is not a party to the convention; correct the code, or add it to the table `parties`"
    ),
    "unknown_basis": (
        "“{0}” is not a legal text of the table `texts`; correct the code, or add "
        "the text to the table"
    ),
    "unknown_scope": "“{0}” is not a code of data; known: {known}",
    "unknown_event": "“{0}” is not a known act; known: {known}",
    "unknown_purpose": "“{0}” is not a known purpose; known: {known}",
    "unknown_condition": "“{0}” is not a known condition; known: {known}",
    "unknown_realm": "“{0}” is not a bus; known: {known}",
    "unknown_retention": "“{0}” is not a retention class; known: {known}",
    "unknown_flag": (
        "“{0}” does not say where the rule comes from: law, practice or invention; known: {known}"
    ),
    "unknown_secrecy": (
        "“{0}” is not a source of professional secrecy, nor its absence; known: {known}"
    ),
    "unknown_stage": "“{0}” is not a stage of acknowledgement; known: {known}",
    "unknown_start": "“{0}” is not where a time limit can begin; known: {known}",
    "unknown_channel": (
        "“{0}” is not a channel; write `channel: publication`, or leave out the field"
    ),
    "unknown_zone": "the time zone is not that of Paris; write `zone: Europe/Paris`",
}
# (code, what was expected) -> words that say more than those of the code.
_CASES: Final[dict[tuple[str, str], str]] = {
    (
        "wrong_type",
        "a mapping",
    ): "fields (“name: value”) belong here; write each field on its line, indented",
    (
        "wrong_type",
        "a list",
    ): "a list belongs here; put it in brackets, even if it has one item only: [CRIP]",
    (
        "wrong_type",
        "a text",
    ): (
        "one value belongs here, not a list or a group of fields; leave out "
        "brackets, braces or dashes"
    ),
    (
        "wrong_type",
        "a number",
    ): "a whole number belongs here; write it in figures, six at most, without quotes",
    (
        "wrong_type",
        "true or false",
    ): "yes or no belongs here; write `true` (yes) or `false` (no), without quotes",
    (
        "bad_date",
        "%Y-%m-%dT%H:%M:%SZ",
    ): (
        "this is not an instant that exists; write it in universal time, such as "
        "2026-03-29T01:00:00Z"
    ),
    (
        "bad_within",
        "before the end only",
    ): (
        "“{0}”: a time limit has a minus sign if it runs before an end (`ends_on`), "
        "and only then; write for example `within: -15d` with `start: ends_on`, or "
        "neither"
    ),
    (
        "bad_within",
        "days or months from a date",
    ): (
        "“{0}” does not count from a date: hours and working days run from an "
        "instant; write for example `8d`, `3mo` or `day`, or count from `delivery` "
        "or `transmission`"
    ),
}
_KNOWN: Final = {
    "unknown_scope": SCOPES,
    "unknown_event": EVENT_TYPES,
    "unknown_purpose": PURPOSES,
    "unknown_condition": CONDITIONS,
    "unknown_realm": REALMS,
    "unknown_retention": RETENTION_CLASSES,
    "unknown_flag": ORIGINS,
    "unknown_secrecy": SECRECY,
    "unknown_stage": ACK_STAGES,
    "unknown_start": STARTS,
}

_TEXTS: Final = _FILE | coherence_errors.TEXTS | coherence_errors.SUCCESSION
_OF_CASES: Final = _CASES | coherence_errors.CASES

TEXTS: Final = frozenset(_FILE) | frozenset(coherence_errors.TEXTS)
CASES: Final = frozenset(_OF_CASES)
WORDED: Final = frozenset(_TEXTS)


def told(error: ConventionError) -> str:
    """What is wrong with a file; what would mend it.

    Args:
        error: raised by `load`, or by `adoption.check_numbers`.
    """
    case, facts = (error.code, error.expected), error.facts
    known = ", ".join(_KNOWN.get(error.code, ()))
    text = _OF_CASES.get(case) or _TEXTS[error.code]
    return text.format(*facts, known=known)
