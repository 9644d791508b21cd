"""Texts marked in code, and their French from the catalogue of the package that says them.

GNU gettext's words and files (`gettext`, `ngettext`, `pgettext`, PO files as Babel reads them); the
language is an argument, never a state of the process. PO files are read as they are: no compiled
copy can go stale. Babel is loaded by the first text that needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Final

from services.texts.typography import typeset
from services.texts.written import said

FRENCH: Final = "fr.po"  # beside the package's code; English needs none: it is the code's text


@dataclass(frozen=True, slots=True)
class Text:
    """A text in every language, before one is chosen.

    Attributes:
        package: whose catalogue has the French: `services.committee`.
        one: English, and the catalogue's msgid; `{name}` or `{0}` where a fact goes.
        many: English for several, or None where the number changes nothing.
        context: tells apart two uses of one English word (gettext's msgctxt), or None.
    """

    package: str
    one: str
    many: str | None = None
    context: str | None = None

    def say(self, lang: str, *facts: object, **named: object) -> str:
        """The text in a language, with its facts as a reader writes them (`said`).

        Args:
            lang: `fr`; anything else is English.
            facts: what goes where `{0}`, `{1}` … stand.
            named: what goes where `{name}` stands; `n`, an int, chooses between one and several.
        """
        n = named.get("n")
        pattern = self._pattern(lang, n if isinstance(n, int) else 1)
        shown = [said(fact, lang) for fact in facts]
        written = {name: said(fact, lang) for name, fact in named.items()}
        return typeset(pattern.format(*shown, **written), lang)

    def of(self, **facts: object) -> FilledText:
        """The text with its facts, for whoever chooses the language: an error carries one."""
        return FilledText(self, facts)

    def _pattern(self, lang: str, n: int) -> str:
        if lang == "fr":
            forms = _french(self.package).get((self.context, self.one))
            if forms:
                return forms[-1 if n > 1 else 0]
        return self.many if self.many is not None and n != 1 else self.one


@dataclass(frozen=True, slots=True)
class FilledText:
    """A text with its facts, before a language is chosen.

    Attributes:
        facts: by the names that stand in the text; `n` chooses between one and several.
    """

    text: Text
    facts: Mapping[str, object] = field(default_factory=dict)

    def say(self, lang: str) -> str:
        """The text in a language."""
        return self.text.say(lang, **self.facts)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a module marks its texts with; Babel's extractor knows the three calls by name.

    Attributes:
        module: the module's `__name__`; its first two parts are the package with the catalogue.
    """

    module: str

    @property
    def package(self) -> str:
        """`services.committee` of `services.committee.lint.run`."""
        return ".".join(self.module.split(".")[:2])

    def __call__(self, message: str) -> Text:
        """A text: `_("no clause names {role}")`."""
        return Text(self.package, message)

    def ngettext(self, one: str, many: str) -> Text:
        """A text that a number changes: `_.ngettext("{n} change", "{n} changes")`."""
        return Text(self.package, one, many=many)

    def pgettext(self, context: str, message: str) -> Text:
        """A text whose English has several meanings: `_.pgettext("origin", "law")`."""
        return Text(self.package, message, context=context)


@cache
def _french(package: str) -> dict[tuple[str | None, str], tuple[str, ...]]:
    """(context, msgid) -> French, one form or two; empty where the package ships no catalogue."""
    from babel.messages.pofile import read_po

    resource = files(package) / FRENCH
    if not resource.is_file():
        return {}
    catalogue = {}
    for message in read_po(BytesIO(resource.read_bytes()), locale="fr"):
        one = message.id if isinstance(message.id, str) else message.id[0]
        strings = [message.string] if isinstance(message.string, str) else message.string or ()
        forms = tuple(form for form in strings if form)
        if one and forms:
            catalogue[message.context, one] = forms
    return catalogue
