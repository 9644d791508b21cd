"""What a browser makes of a page, for whoever looks at its elements, links or text."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

from services.texts import typed as as_typed

VOID: Final = frozenset({"meta", "br", "wbr", "link", "img", "input", "hr"})


class Elements(HTMLParser):
    """A page's elements, each with its attributes, and its text; every tag is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep it."""
        self.all.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened last."""
        assert tag in VOID or self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Keep it as it was typed."""
        self.text += as_typed(data)

    @property
    def tags(self) -> set[str]:
        """Of which kinds there are."""
        return {tag for tag, _attrs in self.all}

    def values(self, name: str, *tags: str) -> list[str]:
        """Values of an attribute, of these kinds of elements or of all."""
        return [own[name] for tag, own in self.all if name in own and tag in (tags or (tag,))]
