"""The six stories, in the order of play."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from importlib.resources import files
from typing import Any, Final

from services.play.demo.bus import Bus
from services.play.demo.screen import LOOKS, Sentence, Teller
from services.play.demo.story import Story, StoryBrokenError
from services.play.demo.telling import NAMES, PARTS
from services.texts import Catalogue, FilledText

_ = Catalogue(__name__)

TITLE: Final = _("Relais: six situations, from the first worry to the last answer")
INTRODUCTION: Final = _(
    "Nobody here is real. Six invented situations of child protection cross a bus that really "
    "runs: each agency has its own service and its own keys, and learns from the others only what "
    "arrives. A convention says who may send what to whom. The router applies it without being "
    "able to read anything, says why it refuses, and counts deadlines. In the end the auditor "
    "makes every decision again. Days pass in seconds; the dates are those of the stories."
)
WHO: Final = _("Who takes part")
MARKS: Final = _("How to read the lines")
_LEGEND: Final[tuple[tuple[str, Sentence], ...]] = (
    ("arrived", _("what arrives, with the clause of the convention that allows it (R01 to R50)")),
    (
        "left_out",
        _("what the sender's record held and that did not leave: no clause allows it there"),
    ),
    ("withheld", _("what had left and the router held back")),
    ("refused", _("a refusal, with its reason; nothing was delivered")),
    ("door", _("possible instead: to whom one may turn")),
    ("owed", _("what somebody now owes, and by when")),
    ("done", _("what was owed and is done")),
    ("overdue", _("a deadline that has passed: both sides are told")),
    ("view", _("what anybody may check for himself")),
)


def opened(teller: Teller, desks: Container[str]) -> None:
    """Tell what is about to be played."""
    teller.tell("title", TITLE)
    teller.tell("introduction", INTRODUCTION)
    teller.tell("section", WHO)
    for desk in PARTS:
        if desk in desks:
            teller.tell("cast", _("{name}: {part}").of(name=NAMES[desk].who, part=PARTS[desk]))
    teller.tell("section", MARKS)
    for kind, meaning in _LEGEND:
        teller.tell("legend", meaning, mark=LOOKS[kind][0])


def closed(teller: Teller, stories: int, verdict: Mapping[str, Any]) -> None:
    """Tell what the auditor found, and the figures of the whole play."""
    alarms = [finding for finding in verdict["findings"] if finding["alarm"]]
    teller.quiet = False
    teller.tell("verdict", _verdict(alarms), ok=bool(verdict["clean"]))
    teller.tell("closing", _figures(teller, stories, verdict["records"]))


def _verdict(alarms: list[Mapping[str, Any]]) -> Sentence:
    if not alarms:
        return _(
            "The auditor replayed the log without any key: every decision was made again, the same "
            "to the byte."
        )
    codes = sorted({str(finding["code"]) for finding in alarms})
    sentence = _.ngettext(
        "The auditor found {n} fault: {codes}.", "The auditor found {n} faults: {codes}."
    )
    return sentence.of(n=len(alarms), codes=codes)


def _figures(teller: Teller, stories: int, records: int) -> FilledText:
    failures = len(teller.failures)
    gap: Sentence = _("no deviation")
    if failures:
        gap = _.ngettext("{n} deviation", "{n} deviations").of(n=failures)
    return _("{stories}, {records}, {checks}, {gap}.").of(
        stories=_.ngettext("{n} situation", "{n} situations").of(n=stories),
        records=_.ngettext("{n} record replayed", "{n} records replayed").of(n=records),
        checks=_.ngettext(
            "{n} result compared with the expected one", "{n} results compared with those expected"
        ).of(n=teller.checks),
        gap=gap,
    )


STORIES: Final = {
    "A": "refused", "B": "urgent", "C": "duplicate", "D": "at_home", "E": "runaway", "F": "meeting",
}  # fmt: skip
"""Letter -> name of the file beside this one."""


def script(story: str) -> dict[str, Any]:
    """What the file of a story says."""
    import yaml

    common, own = (
        (files(__name__) / f"{name}.yaml").read_text("utf-8") for name in ("common", story)
    )
    said: dict[str, Any] = yaml.safe_load(common + own)
    return said


def play_all(bus: Bus, teller: Teller, letters: Iterable[str] = STORIES) -> bool:
    """Play stories one after another, then let the auditor replay the log.

    Returns:
        Whether every observed outcome was the expected one, and the auditor found nothing.
    """
    teller.now = bus.clock.now
    opened(teller, bus.roles)
    played = 0
    for letter in letters:
        try:
            Story(bus, teller, letter, script(STORIES[letter])).play()
        except StoryBrokenError:
            break  # told already; what follows would begin with somebody's duties open
        played += 1
    closed(teller, played, bus.audit())
    return not teller.failures
