"""The flow map: institutions on the left, routing, the same on the right, as inline SVG.

Its figures are those of the table below it and no others: a drawing tells no more than its numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from services.texts import Catalogue, all_of, number

_ = Catalogue(__name__)

WIDTH: Final = 820
ROW: Final = 48
TOP: Final = 34
BOX: Final = (205, 30)
THICKEST: Final = 9.0

_TITLE: Final = _("What flowed between institutions since routing was started")
_SENT: Final = _.ngettext("{n} event decided", "{n} events decided")
_DELIVERED: Final = _.ngettext("{n} delivery made", "{n} deliveries made")
_REFUSED: Final = _.ngettext("{n} refused", "{n} refused")


@dataclass(frozen=True, slots=True)
class FlowRow:
    """One institution, since routing was started."""

    name: str
    decided: int
    refused: int
    delivered: int


def flow_map(rows: Sequence[FlowRow], lang: str) -> Markup:
    """The drawing, with a title and a description for those who hear it."""
    height = TOP + ROW * len(rows) + 10
    sent = sum(row.decided + row.refused for row in rows)
    delivered = sum(row.delivered for row in rows)
    told = all_of([_SENT.of(n=sent), _DELIVERED.of(n=delivered)], lang)
    parts = Markup("").join(_parts(rows, lang))
    return Markup(
        '<svg class="flow" viewBox="0 0 {w} {h}" role="img" aria-labelledby="flow-t flow-d">'
        '<title id="flow-t">{title}</title><desc id="flow-d">{told}</desc>{parts}</svg>'
    ).format(w=WIDTH, h=height, title=_TITLE.say(lang), told=told, parts=parts)


def _parts(rows: Sequence[FlowRow], lang: str) -> Iterator[Markup]:
    most = max((max(row.decided + row.refused, row.delivered) for row in rows), default=0) or 1
    left, right = 10 + BOX[0], WIDTH - 10 - BOX[0]
    middle = TOP + (ROW * (len(rows) - 1) + BOX[1]) / 2
    hub = ((WIDTH - 120) // 2, middle - 24)
    for at, row in enumerate(rows):
        y = TOP + ROW * at + BOX[1] / 2
        sent = row.decided + row.refused
        yield _arrow((left, y), (hub[0], middle), sent / most, "refusing" if row.refused else "")
        yield _arrow((hub[0] + 120, middle), (right, y), row.delivered / most, "")
        yield from _box((10, y - BOX[1] / 2), row.name, number(sent, lang))
        yield from _box((right, y - BOX[1] / 2), row.name, number(row.delivered, lang))
    yield _rect(hub, (120, 48))
    yield _text((hub[0] + 60, middle + 5), _("routing").say(lang), "middle")
    for at, row in enumerate(rows):  # over all arrows
        y = TOP + ROW * at + BOX[1] / 2
        beside = y - 9 if y <= middle else y + 19  # where its own arrow does not bend to
        yield _text((left + 8, beside), _refused(row, lang), "start", "small")


def _refused(row: FlowRow, lang: str) -> str:
    return _REFUSED.say(lang, n=row.refused) if row.refused else ""


def _box(at: tuple[float, float], name: str, figure: str) -> Iterator[Markup]:
    yield _rect(at, BOX)
    yield _text((at[0] + 8, at[1] + 20), name, "start")
    yield _text((at[0] + BOX[0] - 8, at[1] + 20), figure, "end")


def _rect(at: tuple[float, float], size: tuple[float, float]) -> Markup:
    shape = Markup('<rect x="{}" y="{}" width="{}" height="{}" rx="4"/>')
    return shape.format(*at, *size)


def _text(at: tuple[float, float], words: str, anchor: str, kind: str = "") -> Markup:
    text = Markup('<text x="{}" y="{}" text-anchor="{}" class="{}">{}</text>')
    return text.format(*at, anchor, kind, words)


def _arrow(start: tuple[float, float], end: tuple[float, float], share: float, kind: str) -> Markup:
    bend = (start[0] + end[0]) / 2
    path = f"M{start[0]} {start[1]}C{bend} {start[1]} {bend} {end[1]} {end[0]} {end[1]}"
    width = f"{1 + THICKEST * share:.1f}" if share else "0.5"
    return Markup('<path d="{}" stroke-width="{}" class="{}"/>').format(path, width, kind)
