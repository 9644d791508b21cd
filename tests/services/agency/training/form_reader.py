"""What a browser would send of a form, as it stands in a page."""

from __future__ import annotations

from html.parser import HTMLParser


class _Reader(HTMLParser):
    """The fields of all of a page's forms, first values of buttons left out."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        name = told.get("name") or ""
        if tag == "input" and name:
            ticked = told.get("type") not in ("checkbox", "radio") or "checked" in told
            if ticked:
                self._add(name, told.get("value") or "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in told:
            self._add(self._select, told.get("value") or "")
        elif tag == "textarea":
            self._area = name
            self.fields.setdefault(name, [""])

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._select = "" if tag == "select" else self._select
        self._area = "" if tag == "textarea" else self._area

    def _add(self, name: str, value: str) -> None:
        self.fields.setdefault(name, []).append(value)


def fields_of(page: str) -> dict[str, list[str]]:
    """The fields of a page's forms."""
    reader = _Reader()
    reader.feed(page)
    return reader.fields
