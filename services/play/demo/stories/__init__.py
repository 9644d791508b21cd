"""The five stories of domain §7, as domain §7.6 clarifies them, in the order of play."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from services.play.demo.bus import Bus
from services.play.demo.scene import StoryBrokenError
from services.play.demo.screen import Said, Teller
from services.play.demo.stories import at_home, duplicate, refused, runaway, urgent

Story = Callable[[Bus, Teller], None]

STORIES: Final[dict[str, Story]] = {
    "A": refused.play,
    "B": urgent.play,
    "C": duplicate.play,
    "D": at_home.play,
    "E": runaway.play,
}


def play_all(bus: Bus, teller: Teller, letters: Iterable[str] = STORIES) -> bool:
    """Play stories one after another, then let the auditor replay the log.

    Returns:
        Whether every observed outcome was the expected one, and the auditor found nothing.
    """
    for letter in letters:
        try:
            STORIES[letter](bus, teller)
        except StoryBrokenError:
            break  # told already; what follows would begin with somebody's duties open
    verdict = bus.audit()
    teller.tell("verdict", bus.clock.now(), _verdict(verdict), ok=verdict["clean"], **verdict)
    return not teller.failures


def _verdict(verdict: dict[str, Any]) -> Said:
    records, findings = verdict["records"], verdict["findings"]
    alarms = [finding for finding in findings if finding["alarm"]]
    if not alarms:
        return Said(
            f"L'auditeur a rejoué le journal sans aucune clé : {records} enregistrements, chaque "
            "décision reprise octet pour octet, aucune divergence.",
            f"The auditor replayed the log without any key: {records} records, every decision "
            "made again byte for byte, no divergence.",
        )
    codes = ", ".join(sorted({finding["code"] for finding in alarms}))
    return Said(
        f"L'auditeur a trouvé {len(alarms)} anomalies : {codes}.",
        f"The auditor found {len(alarms)} faults: {codes}.",
    )
