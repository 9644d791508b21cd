"""The desks whose part a system that speaks HTTP may play, of each profession one, and what each sends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from contracts.errors import UsageError
from services.texts import Catalogue

_ = Catalogue(__name__)


class KitDesk(NamedTuple):
    """A desk of the sandbox.

    Attributes:
        agency: whose service it asks.
        kind: of the records that it sends.
        door: kind of a record that no clause allows it to send there; empty: it has none.
        outcome: whether who gets its records may tell an outcome.
    """

    agency: str
    kind: str
    door: str = ""
    outcome: bool = True

    def has(self, wanted: str) -> bool:
        """Whether it has what a task wants."""
        return {"door": bool(self.door), "outcome": self.outcome}.get(wanted, True)


USUAL: Final = "edu-h-1"
KIT_DESKS: Final[Mapping[str, KitDesk]] = {
    USUAL: KitDesk("education", "information_preoccupante", "police_notification"),
    "pol": KitDesk("police", "minor_information", "inquiry_report"),
    "parq-civ": KitDesk("justice", "soit_transmis"),
    "crip": KitDesk("child_welfare", "crip_signalement", outcome=False),
    "asso": KitDesk("association", "information_preoccupante"),
}


def kit_desk(desk: str) -> KitDesk:
    """A desk by its short id.

    Raises:
        UsageError: `desk_unknown`.
    """
    known = KIT_DESKS.get(desk)
    if known is None:
        raise UsageError("desk_unknown", _("another desk"), ", ".join(KIT_DESKS))
    return known
