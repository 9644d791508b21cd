"""The fields that bodies and agencies' records are made of: capped texts, dates, coded values.

A cap has a name and a reason. No text holds control characters, line separators (a free text may
break lines) or marks that nobody sees or that reorder what a reader sees. The types marked `FREE`
are free-form: they may hold personal data, and samples carry a canary there.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from functools import cache
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints, ValidationInfo

from contracts.encoding import unb64u
from contracts.errors import EnvelopeError
from contracts.vocabulary.schema_faults import fault

LINE: Final = 120  # characters of a name, a place, a service: one line on a screen
TEXT: Final = 2000  # characters of a free text: a page, and a bound on what nobody can check
SHORT: Final = 280  # characters of a note that must be read at once (safety, an action)
SUMMARY: Final = 500  # characters of what a clause calls "summary" or "minimum" (R07, R22)
PHOTO: Final = 136 * 1024  # bytes: with base64 twice (body, ciphertext) a part keeps in 256 KiB
OLDEST: Final = 21  # years; care may go on until 21
PHOTO_TEXT: Final = (PHOTO * 4 + 2) // 3  # the same, base64url

# Of the format characters (Cf), only the two joiners, which some scripts need to write a name.
_REFUSED: Final = ("Cc", "Cf", "Zl", "Zp")  # general categories that no text may hold
_JOINERS: Final = "\u200c\u200d"
# Letters and symbols by their category, and yet blanks in every font: fillers of Hangul, Braille's
# and music's empty signs, the place of an object.
_FILLERS: Final = "\u115f\u1160\u2800\u3164\uffa0\ufffc\U0001d159"
CLEAN: Final = r"(?:[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|[\x{200C}\x{200D}])"


@cache
def unseen(also_allowed: str = "") -> str:
    r"""The characters that CLEAN refuses, as ranges of `\u….` for a character class.

    ECMA-262 and Python read them alike, with or without the flag `u`. What lies beyond U+FFFF is
    left to the models to refuse.

    Args:
        also_allowed: characters that are no fault all the same, such as a line's end.
    """
    refused = [
        point
        for point in range(0x10000)
        if unicodedata.category(chr(point)) in _REFUSED
        and chr(point) not in _JOINERS + also_allowed
    ]
    within = frozenset(refused)
    starts = [point for point in refused if point - 1 not in within]
    ends = [point for point in refused if point + 1 not in within]
    return "".join(
        f"\\u{first:04x}" if first == last else f"\\u{first:04x}-\\u{last:04x}"
        for first, last in zip(starts, ends, strict=True)
    )


class FreeText:
    """Marks a type as free-form: may hold personal data; samples carry a canary there."""


FREE: Final = FreeText()


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise fault("not_a_date", "a day of the calendar, YYYY-MM-DD") from None


def _seen(text: str) -> str:
    """A text of which a reader sees something: not blanks, fillers, joiners or marks alone."""
    if all(unicodedata.category(char)[0] in "CMZ" or char in _FILLERS for char in text):
        raise fault("text_too_short", "a character that is seen")
    return text


def day_of(info: ValidationInfo) -> str:
    """The day on which an issuer fills a body in; empty to whoever reads one."""
    return str((info.context or {}).get("day", ""))


def _come(text: str, info: ValidationInfo) -> str:
    if text > (day_of(info) or text):
        raise fault("date_in_future", "a day that has come")
    return text


def _ahead(text: str, info: ValidationInfo) -> str:
    if text < day_of(info):
        raise fault("date_in_past", "today or a day to come")
    return text


def _minor(text: str, info: ValidationInfo) -> str:
    day = day_of(info)
    if day and int(day[:4]) - int(text[:4]) > OLDEST + 1:
        raise fault("not_valid", f"a birth within {OLDEST + 1} years")
    return text


def _base64(text: str) -> str:
    try:
        unb64u(text)
    except EnvelopeError as error:
        raise fault(error.code, "canonical base64url") from None
    return text


_SEEN: Final = AfterValidator(_seen)
_LINE: Final = rf"^{CLEAN}*$"
_LINES: Final = rf"^(?:{CLEAN}|\n)*$"
Line = Annotated[str, StringConstraints(min_length=1, max_length=LINE, pattern=_LINE), _SEEN, FREE]
Short = Annotated[
    str, StringConstraints(min_length=1, max_length=SHORT, pattern=_LINE), _SEEN, FREE
]
Summary = Annotated[
    str, StringConstraints(min_length=1, max_length=SUMMARY, pattern=_LINES), _SEEN, FREE
]
Text = Annotated[str, StringConstraints(min_length=1, max_length=TEXT, pattern=_LINES), _SEEN, FREE]
Day = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_day)
]
Past = Annotated[Day, AfterValidator(_come)]
Due = Annotated[Day, AfterValidator(_ahead)]
Birth = Annotated[Past, AfterValidator(_minor)]
Month = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 .]{1,28}[0-9]$")]
PostalCode = Annotated[str, StringConstraints(pattern=r"^[0-9AB]{5}$")]
Age = Annotated[int, Field(ge=0, le=OLDEST)]
Count = Annotated[int, Field(ge=0, le=10_000)]

Sex = Literal["female", "male", "unknown"]
Relation = Literal["mother", "father", "guardian", "other_holder", "relative"]
Level = Literal["low", "moderate", "high", "grave_and_immediate"]
Flag = Literal[
    "exploitation", "violence", "runaway_repeated", "self_harm", "addiction", "isolation",
    "online_contact", "family_suspected", "under_influence",
]  # fmt: skip
Sign = Literal[
    "insulin", "epilepsy", "asthma", "severe_allergy", "pregnancy", "visible_injury",
    "intoxication", "exhaustion", "malnutrition", "suicidal_words", "vital_treatment", "no_sign",
]  # fmt: skip
MeasureKind = Literal[
    "aed", "aemo", "aemo_reinforced", "placement", "placement_opp", "mjie", "specialist_followup",
    "third_party_custody", "none",
]  # fmt: skip
ClassLevel = Literal[
    "nursery", "primary", "6e", "5e", "4e", "3e", "segpa", "ulis", "2nde", "1re", "terminale",
    "cap", "apprenticeship", "out_of_school",
]  # fmt: skip
PhotoData = Annotated[
    str, StringConstraints(min_length=1, max_length=PHOTO_TEXT), AfterValidator(_base64)
]
