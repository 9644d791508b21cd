"""The operators' guide (docs/operate.md) by its sections, for the alerts that point there: nobody looks for a file at night.

It is the guide of the release that runs; English, as the file is. Links to other files lead nowhere here and are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from markdown_it.token import Token

_SHIPPED: Final = Path(__file__).with_name("operate.md")  # a wheel has it here
_SOURCE: Final = Path(__file__).parents[2] / "docs" / "operate.md"
_SECTION: Final = re.compile(r"^## (.+)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class GuideSection:
    """One section.

    Attributes:
        body: as HTML that has no element of the file's own.
    """

    title: str
    body: Markup


def section(anchor: str) -> GuideSection | None:
    """The section that an address ends with; None if there is none."""
    title, text = _sections().get(anchor, ("", ""))
    return GuideSection(title, _shown(title, text)) if title else None


@cache
def _sections() -> Mapping[str, tuple[str, str]]:
    """Anchor, as GitHub makes it of a title -> the title and the text below."""
    file = _SHIPPED if _SHIPPED.exists() else _SOURCE
    _top, *parts = _SECTION.split(file.read_text("utf-8"))
    return {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-"): (title, text)
        for title, text in zip(parts[::2], parts[1::2], strict=True)
    }


@cache
def _shown(title: str, text: str) -> Markup:
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    tokens = markdown.parse(text)
    for token in tokens:
        if token.children:
            token.children = list(_linked(token.children))
        if token.type == "code_block":
            token.attrSet("tabindex", "0")  # it may be wider than the page
    html = markdown.renderer.render(tokens, markdown.options, {})
    region = f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(title)}"><table>'
    html = html.replace("<table>", region).replace("</table>", "</table></div>")
    html = html.replace("<th></th>", "<td></td>")  # a head that says nothing is none
    return Markup(html)  # noqa: S704 - of our own file, in which elements are text


def _linked(tokens: list[Token]) -> Iterator[Token]:
    """Without links that lead out of the guide."""
    is_kept = False
    for token in tokens:
        if token.type == "link_open":
            target = str(token.attrGet("href"))
            is_kept = target.removeprefix("#") in _sections() and target.startswith("#")
            token.attrSet("href", f"/guide/{target[1:]}")
        if is_kept or token.type not in ("link_open", "link_close"):
            yield token
