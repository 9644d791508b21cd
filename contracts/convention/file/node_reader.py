"""Typed access to nodes: every field is asked for by kind, and what nobody asked for is refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from contextlib import suppress
from datetime import date
from functools import lru_cache
from typing import Final, NoReturn

from contracts.convention.file.yaml_nodes import Mapping, Node, Scalar, Sequence
from contracts.errors import ConventionError

LANGUAGES: Final = ("fr", "en")
MAX_TEXT: Final = 4_000  # characters of one label or sentence
# Items of one list, by its field; grants and clauses are counted together, in `load`. All that a
# clause lists is read again for each of its grants: without bounds a small file makes long work.
MAX_ITEMS: Final = 256
_MOST: Final = {"clauses": 1_000, "grants": 1_000, "invariants": 100, "duties": 16}
_WORD: Final = re.compile(r"[A-Za-z0-9-][A-Za-z0-9_.:|-]{0,63}\Z")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
# Beyond Latin letters, texts need punctuation of both languages and digits; nothing invisible.
_ALLOWED: Final = frozenset(
    {"Ll", "Lu", "Lo", "Nd", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm"}
)


class Reader:
    """Fields of one mapping; `close` refuses those that were not asked for.

    Args:
        node: the mapping.
        name: file name, for messages.
        outer: reader of the enclosing mapping, whose fields a grant may take over.
    """

    def __init__(self, node: Node, name: str, outer: Reader | None = None) -> None:
        self.name = name
        self.line = node.line
        if not isinstance(node, Mapping):
            self.refuse("wrong_type", "something else", "a mapping", node.line)
        self._node: Mapping = node
        self._asked: set[str] = set()
        self._outer = outer

    def refuse(
        self, code: str, got: str = "", expected: str = "", line: int = 0, *facts: str
    ) -> NoReturn:
        """Raise a ConventionError at a line, this mapping's by default."""
        at = line or self.line
        raise ConventionError(code, got, expected, file=self.name, line=at, facts=facts)

    def has(self, field: str) -> bool:
        """Whether the field is here, the enclosing mapping left aside."""
        return field in self._node.entries

    def line_of(self, field: str) -> int:
        """The line of a field, here or in the enclosing mapping."""
        if field in self._node.lines:
            return self._node.lines[field]
        return self._outer.line_of(field) if self._outer else self.line

    def names(self) -> tuple[str, ...]:
        """All keys, marked as asked for; each an ASCII word."""
        for key in self._node.entries:
            self._word(key, self._node.lines[key])
            self._asked.add(key)
        return tuple(self._node.entries)

    def node(self, field: str) -> Node:
        """The node of a field that must be there.

        Raises:
            ConventionError: `missing_field`, `field_given_twice` (clause and grant).
        """
        self._asked.add(field)
        entry = self._node.entries.get(field)
        if self._outer is not None and self._outer.has(field):
            if entry is not None:
                self.refuse("field_given_twice", field, "clause or grant", entry.line)
            return self._outer.node(field)
        if entry is None:
            self.refuse("missing_field", "nothing", field)
        return entry

    def reader(self, field: str) -> Reader:
        """A mapping."""
        return Reader(self.node(field), self.name)

    def readers(self, field: str) -> list[Reader]:
        """A list of mappings."""
        return [Reader(item, self.name) for item in self._sequence(field)]

    def word(
        self,
        field: str,
        known: Collection[str] | None = None,
        code: str = "",
        *,
        default: str | None = None,
    ) -> str:
        """A code: ASCII, and one of `known` if given, else refused with `code`.

        Args:
            default: what holds if the field is absent; None: it must be there.
        """
        if default is not None and not self.gives(field):
            return default
        node = self._scalar(self.node(field))
        word = self._word(node.text, node.line)
        return self._known(word, known, code, node.line)

    def nodes(self, field: str) -> list[Node]:
        """A list that is not empty."""
        entries = self._sequence(field)
        if not entries:
            line = self.line_of(field)
            self.refuse("never_applies", f"no {field}", "at least one", line, field)
        return entries

    def gives(self, field: str) -> bool:
        """Whether the field is here or in the enclosing mapping."""
        return self.has(field) or (self._outer is not None and self._outer.gives(field))

    def words(
        self, field: str, known: Collection[str] | None = None, code: str = ""
    ) -> tuple[str, ...]:
        """A list of different codes."""
        words: dict[str, None] = {}
        for item in self._sequence(field):
            node = self._scalar(item)
            word = self._known(self._word(node.text, node.line), known, code, node.line)
            if word in words:
                self.refuse("repeated_item", word, "each once", node.line)
            words[word] = None
        return tuple(words)

    def text(self, field: str, *, empty: bool = False) -> str:
        """One line of text in Latin letters.

        Raises:
            ConventionError: `empty_text`, `text_too_long`, `suspicious_character`.
        """
        node = self._scalar(self.node(field))
        text = node.text.strip()
        if not text and not empty:
            self.refuse("empty_text", "nothing", field, node.line)
        if len(text) > MAX_TEXT:
            self.refuse("text_too_long", f"{len(text)}", f"at most {MAX_TEXT}", node.line)
        if not all(map(_readable, set(text))):
            self.refuse("suspicious_character", "another", "Latin text", node.line)
        return text

    def texts(self, field: str, missing: str = "missing_label") -> dict[str, str]:
        """A text in each language.

        Raises:
            ConventionError: `missing` if a language is absent or empty.
        """
        if not self.gives(field):
            self.refuse(missing, "nothing", field)
        inner = Reader(self.node(field), self.name)
        sentence: dict[str, str] = {}
        for language in LANGUAGES:
            text = inner.text(language, empty=True) if inner.has(language) else ""
            if not text:
                self.refuse(missing, "nothing", f"{field}.{language}", self.line_of(field))
            sentence[language] = text
        inner.close()
        return sentence

    def day(self, field: str, *, empty: bool = False) -> str:
        """A date that exists, `YYYY-MM-DD`, or empty if allowed.

        Raises:
            ConventionError: `bad_date`.
        """
        node = self._scalar(self.node(field))
        if empty and not node.text:
            return ""
        return self.as_day(node.text, node.line).isoformat()

    def as_day(self, text: str, line: int) -> date:
        """A date from text."""
        if _DAY.match(text) and text.isascii():
            with suppress(ValueError):
                return date.fromisoformat(text)
        return self.refuse("bad_date", "text that is no date", "YYYY-MM-DD", line)

    def number(self, field: str) -> int:
        """A positive integer of at most six digits."""
        node = self._scalar(self.node(field))
        if not (node.plain and node.text.isascii() and node.text.isdigit()) or len(node.text) > 6:
            self.refuse("wrong_type", "something else", "a number", node.line)
        return int(node.text)

    def flag(self, field: str) -> bool:
        """`true` or `false`; false if absent."""
        if not self.has(field):
            return False
        node = self._scalar(self.node(field))
        if not node.plain or node.text not in ("true", "false"):
            self.refuse("wrong_type", "something else", "true or false", node.line)
        return node.text == "true"

    def few(self, field: str, count: int, most: int) -> None:
        """Refuse a list or a table that is longer than any that is meant.

        Raises:
            ConventionError: `too_many_items`, at the field.
        """
        if count > most:
            line, facts = self.line_of(field), (field, str(most))
            self.refuse("too_many_items", str(count), f"at most {most}", line, *facts)

    def close(self) -> None:
        """Refuse fields that nobody asked for.

        Raises:
            ConventionError: `unknown_field`, at its own line.
        """
        for field, line in self._node.lines.items():
            if field not in self._asked:
                self.refuse("unknown_field", ascii(field)[1:-1][:40], "a known field", line)

    def _sequence(self, field: str) -> list[Node]:
        node = self.node(field)
        if not isinstance(node, Sequence):
            self.refuse("wrong_type", "something else", "a list", node.line)
        self.few(field, len(node.items), _MOST.get(field, MAX_ITEMS))
        return node.items

    def _scalar(self, node: Node) -> Scalar:
        if not isinstance(node, Scalar):
            self.refuse("wrong_type", "something else", "a text", node.line)
        return node

    def _word(self, word: str, line: int) -> str:
        if not word.isascii():
            self.refuse("look_alike", "a letter beyond ASCII", "an ASCII code", line)
        if not _WORD.match(word):
            self.refuse("bad_code", ascii(word)[1:-1][:40], "letters, digits, - _ . : |", line)
        return word

    def _known(self, word: str, known: Collection[str] | None, code: str, line: int) -> str:
        if known is not None and word not in known:
            self.refuse(code, word, "a known one", line)
        return word


@lru_cache(maxsize=1024)
def _readable(character: str) -> bool:
    if character in " °«»’'\"–—€…/":
        return True
    if unicodedata.category(character) not in _ALLOWED:
        return False
    return not character.isalpha() or unicodedata.name(character, "").startswith("LATIN")
