"""A case of the kit: what arrives, what it tries, and what must become of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from services.texts import Catalogue, Text

_ = Catalogue(__name__)


@dataclass(frozen=True)
class Requirement:
    """A sentence of the specification that cases try.

    Attributes:
        section: page and number, as `envelope §8`.
        asks: what it asks of the tested system.
    """

    section: str
    asks: Text


Made = TypeVar("Made", bound=Callable[..., object])


@dataclass(frozen=True)
class ConformanceCase(Generic[Made]):
    """What arrives, and what must become of the last thing that arrives.

    Attributes:
        id: stable, in words.
        title: what arrives.
        make: what arrives, in its order; nothing came before.
        reasons: one of which a refusal must give; none: it must be taken.
        under_receipt: a genuine receipt of the router vouches for exactly what is refused.
        noticed: it may be taken or refused, if one of the reasons is given.
        withdraws: what came before is taken back by it, and the verdict has to say so.
    """

    id: str
    title: Text
    requirement: Requirement
    make: Made = field(repr=False)
    reasons: frozenset[str] = frozenset()
    under_receipt: bool = False
    noticed: bool = False
    withdraws: bool = False

    @property
    def hostile(self) -> bool:
        """Whether something is wrong with what arrives."""
        return bool(self.reasons)

    @property
    def wanted(self) -> Text:
        """What must become of it, where no reason is asked for."""
        return _("taken, and obeyed") if self.withdraws else _("taken")

    def expected(self) -> dict[str, Any]:
        """As plan and report tell it."""
        return {
            "accepted": None if self.noticed else not self.reasons,
            "reasons": sorted(self.reasons),
            **({"withdraws": True} if self.withdraws else {}),
        }


AnyCase = ConformanceCase[Any]
