"""A case of the kit, and what a recipient's case is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from services.conformance.record import KitRecord
from services.conformance.workbench import Workbench
from services.texts import Text

SystemKind = Literal["recipient", "issuer", "webhook"]
SYSTEMS: Final[tuple[SystemKind, ...]] = ("recipient",)


@dataclass(frozen=True)
class Requirement:
    """A sentence of the specification that cases try.

    Attributes:
        section: page and number, as `envelope §8`.
        asks: what it asks of the tested system.
    """

    section: str
    asks: Text


Making = Callable[[Workbench], Sequence[KitRecord]]


@dataclass(frozen=True)
class RecipientCase:
    """What arrives at a recipient, and what must become of the last record.

    Attributes:
        id: stable, in words.
        title: what arrives.
        make: the records, in their order; before the first nothing was read.
        reasons: codes of envelope §11, one of which a refusal must give; none: it must be taken.
        under_receipt: a genuine receipt of the router vouches for exactly what is refused.
        noticed: the last record may be taken or refused, if one of the reasons is given.
    """

    id: str
    title: Text
    requirement: Requirement
    make: Making = field(repr=False)
    reasons: frozenset[str] = frozenset()
    under_receipt: bool = False
    noticed: bool = False

    @property
    def hostile(self) -> bool:
        """Whether something is wrong with what arrives."""
        return bool(self.reasons)

    def expected(self) -> dict[str, Any]:
        """As plan and report tell it."""
        return {
            "accepted": None if self.noticed else not self.hostile,
            "reasons": sorted(self.reasons),
        }
