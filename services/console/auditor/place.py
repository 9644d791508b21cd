"""How far an auditor had read when it said what is shown, and how old that is: a projection may lag, or be dead."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from services.committee.texts.labels import realm_label
from services.console.auditor.projection import AuditorTold, ByRealm
from services.operate.status.told import ago
from services.platform.process.paris_time import exactly
from services.texts import Catalogue

_ = Catalogue(__name__)

_NOBODY: Final = _(
    "Nobody who audits has answered this console yet: what would stand here is not known."
)
_SILENT: Final = _("Audit of the {realm} bus: no answer; what it said last stands here, {ago} old.")
_NEVER: Final = _("Audit of the {realm} bus: no answer.")
_PLACE: Final = _(
    "Audit of the {realm} bus: {n} records, read to the end on {at}, {ago} before it said so."
)
_BEGINS: Final = _("Audit of the {realm} bus: it has begun to read; {n} records so far.")
_ALARMS: Final = _.ngettext(
    "It has found {n} alarm: what stands here may be what a false record says.",
    "It has found {n} alarms: what stands here may be what a false record says.",
)
_NOT_KEPT: Final = _("It keeps no store, so that no event can be looked up there.")


def place_lines(told: ByRealm, lang: str) -> list[str]:
    """Sentences, realm by realm."""
    lines = [line for realm, each in told.items() for line in _of(realm, each, lang)]
    return lines or [_NOBODY.say(lang)]


def _of(realm: str, told: AuditorTold | None, lang: str) -> Iterator[str]:
    bus = realm_label(realm, lang)
    if told is None:
        yield _NEVER.say(lang, realm=bus)
        return
    if not told.answers:
        yield _SILENT.say(lang, realm=bus, ago=ago(time.time(), told.at, lang))
    place, since = told.answer.place, ago(told.at, told.answer.place.read, lang)
    said = _PLACE if place.read else _BEGINS
    yield said.say(lang, realm=bus, n=place.records, at=exactly(place.read, lang), ago=since)
    if place.alarms:
        yield _ALARMS.say(lang, n=place.alarms)
    if not place.kept:
        yield _NOT_KEPT.say(lang)
