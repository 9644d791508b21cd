"""The kinds of fields of a convention file: codes, texts in two languages, dates, numbers."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import filterfalse
from typing import Annotated, Any, Final, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    GetPydanticSchema,
    ValidationInfo,
    WrapValidator,
)
from pydantic_core.core_schema import with_info_wrap_validator_function

from contracts.convention.file.faults import Path, fault, unknown_field
from contracts.convention.file.yaml_nodes import Fields, Node, Text
from contracts.vocabulary import conditions
from contracts.vocabulary.scopes import EVENT_TYPES, REALMS, RETENTION_CLASSES, SCOPES

CLOSED: Final = ConfigDict(extra="forbid")  # a field that is not foreseen is refused
LANGUAGES: Final = ("fr", "en")
MAX_TEXT: Final = 4_000  # characters of one label or sentence
# Of one list. All that a clause lists is read again for each of its grants: without bounds a small
# file makes long work.
MAX_ITEMS: Final = 256
_WORD: Final = re.compile(r"[A-Za-z0-9-][A-Za-z0-9_.:|-]{0,63}\Z")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
# Beyond Latin letters, texts need punctuation of both languages and digits; nothing invisible.
_ALLOWED: Final = frozenset(
    {"Ll", "Lu", "Lo", "Nd", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm"}
)


@dataclass(frozen=True, slots=True)
class Names:
    """The codes that a file's tables define, for fields that name them: pydantic's context.

    Attributes:
        agencies: role -> its agency.
        issuers, recipients, debtors: who may stand there in a clause, roles included.
        events: of the bus itself.
        anybody: whom a promise may name.
    """

    agencies: dict[str, str]
    events: Collection[str]
    roles: Collection[str]
    issuers: Collection[str]
    recipients: Collection[str]
    debtors: Collection[str]
    anybody: Collection[str]
    parties: Collection[str]
    texts: Collection[str]
    purposes: Collection[str]


Known = ValidationInfo[Names]


def built(form: Any, build: Callable[[Any, Callable[[Any], Any], Known], Any]) -> GetPydanticSchema:
    """The reader of a value that the file writes in another form.

    Args:
        form: type of what the file has.
        build: node of the file, reader of `form`, pydantic's context -> the value.
    """
    return GetPydanticSchema(
        lambda _, schema: with_info_wrap_validator_function(build, schema(form))
    )


def of(form: Any, make: Callable[[Any], Any] = lambda value: value) -> GetPydanticSchema:
    """The reader of a value that is made of what the file has, without context."""
    return built(form, lambda node, read, _: make(read(node)))


def _word(text: str) -> str:
    if not text.isascii():
        raise fault("look_alike", "a letter beyond ASCII", "an ASCII code")
    if not _WORD.match(text):
        raise fault("bad_code", ascii(text)[1:-1][:40], "letters, digits, - _ . : |")
    return text


def known(code: str, words: Collection[str] | str) -> AfterValidator:
    """The check that a code is a known one.

    Args:
        code: of the fault.
        words: those that are known; or their name in the context, if the file defines them.
    """

    def check(text: str, info: Known) -> str:
        if text not in (getattr(info.context, words) if isinstance(words, str) else words):
            raise fault(code, _word(text), "a known one")
        return text

    return AfterValidator(check)


def at_most(most: int) -> BeforeValidator:
    """The check that a list or a table is not longer than any that is meant, before it is read."""

    def check(items: Any) -> Any:
        if isinstance(items, list | dict) and len(items) > most:
            got, limit = str(len(items)), str(most)
            raise fault("too_many_items", got, f"at most {most}", "{field}", limit, key=True)
        return items

    return BeforeValidator(check)


def each_once(items: tuple[str, ...]) -> tuple[str, ...]:
    """The items of a list, if they are different."""
    if len(set(items)) < len(items):
        number = next(n for n, item in enumerate(items) if item in items[:n])
        raise fault("repeated_item", items[number], "each once", at=(number,))
    return items


def _line(text: str) -> str:
    text = text.strip()
    if len(text) > MAX_TEXT:
        raise fault("text_too_long", f"{len(text)}", f"at most {MAX_TEXT}")
    for strange in filterfalse(_readable, sorted(set(text))):
        raise fault("suspicious_character", f"U+{ord(strange):04X}", "Latin text")
    return text


def _given(text: str) -> str:
    if not text:
        raise fault("empty_text", "nothing", "{field}")
    return text


def _by_row(table: Any, read: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """Read a table up to its first faulty row: pydantic alone would tell thousands of faults."""
    if not isinstance(table, Fields):
        return read(table)
    rows: dict[str, Any] = {}
    for key, row in table.items():
        rows |= read({key: row})
    return rows


def no_others(fields: Fields, foreseen: Collection[str]) -> None:
    """Refuse a field that is not foreseen."""
    for field in fields:
        if field not in foreseen:
            raise unknown_field(field)


def in_languages(missing: str) -> BeforeValidator:
    """The check that a text is there in each language, and in no other."""

    def check(texts: Any) -> Any:
        if isinstance(texts, Fields):
            for language in LANGUAGES:
                text = texts.get(language, "")
                if isinstance(text, str) and not text.strip():
                    raise fault(missing, "nothing", f"{{field}}.{language}", key=True)
            no_others(texts, LANGUAGES)
        return texts

    return BeforeValidator(check)


def as_day(text: str, *, at: Path = (), key: bool = False) -> date:
    """A date from text, `YYYY-MM-DD`; refused at what `fault` calls `at` and `key`."""
    if _DAY.match(text) and text.isascii():
        with suppress(ValueError):
            return date.fromisoformat(text)
    raise fault("bad_date", "text that is no date", "YYYY-MM-DD", at=at, key=key)


def as_number(node: Node) -> int:
    """A positive integer of at most six digits."""
    text = _plain(node)
    if not (text.isascii() and text.isdigit()) or len(text) > 6:
        raise fault("wrong_type", "something else", "a number")
    return int(text)


def _as_flag(node: Node) -> bool:
    if (text := _plain(node)) not in ("true", "false"):
        raise fault("wrong_type", "something else", "true or false")
    return text == "true"


def _plain(node: Node) -> str:
    """A text without quotes; empty if it has them."""
    if not isinstance(node, Text):
        raise fault("wrong_type", "something else", "a text")
    return node if node.plain else ""


@lru_cache(maxsize=1024)
def _readable(character: str) -> bool:
    if character in " °«»’'\"–—€…/":
        return True
    if unicodedata.category(character) not in _ALLOWED:
        return False
    return not character.isalpha() or unicodedata.name(character, "").startswith("LATIN")


_Item = TypeVar("_Item")
_Key = TypeVar("_Key")
Table = Annotated[dict[_Key, _Item], WrapValidator(_by_row)]
Several = Annotated[tuple[_Item, ...], at_most(MAX_ITEMS), AfterValidator(each_once)]
Some = Annotated[Several[_Item], Field(min_length=1)]

Word = Annotated[str, AfterValidator(_word)]
Realm = Annotated[str, known("unknown_realm", REALMS)]
Event = Annotated[str, known("unknown_event", EVENT_TYPES)]
Purpose = Annotated[str, known("unknown_purpose", "purposes")]
Scope = Annotated[str, known("unknown_scope", SCOPES)]
Retention = Annotated[str, known("unknown_retention", RETENTION_CLASSES)]
Role = Annotated[str, known("unknown_role", "roles")]
Condition = Annotated[
    conditions.Condition, of(Annotated[str, known("unknown_condition", conditions.CONDITIONS)])
]
Line = Annotated[str, AfterValidator(_line), AfterValidator(_given)]
LineOrNone = Annotated[str, AfterValidator(_line)]
Texts = dict[str, Line]
Label = Annotated[Texts, in_languages("missing_label")]
Sentence = Annotated[Texts, in_languages("missing_sentence")]
Labels = Table[Word, Label]
Day = Annotated[str, AfterValidator(lambda text: as_day(text).isoformat())]
DayOrNone = Annotated[str, AfterValidator(lambda text: text and as_day(text).isoformat())]
Number = Annotated[int, BeforeValidator(as_number)]
Flag = Annotated[bool, BeforeValidator(_as_flag)]
