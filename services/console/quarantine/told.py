"""What the auditor told last of quarantine, held to a form; kept while nobody answers, with its age."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts.vocabulary.scopes import REALMS
from services.console.auditor.client import AuditClient

M = TypeVar("M", bound=BaseModel)

FRESH_S: Final = 2.0  # a hundred readers ask an auditor no more often
MOST_GROUPS: Final = 2_000

Code = Annotated[str, Field(pattern=r"^[a-z0-9_]{0,64}$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9_.-]{0,64}$")]
Leaf = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]
Partition = Annotated[int, Field(ge=0, le=99)]
Count = Annotated[int, Field(ge=0, le=1 << 40)]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class KeptGroup(_Closed):
    """Inputs of one code, outbox and issuer; `ages`: under a day, a week, thirty days, older."""

    code: Code
    agency: Name
    desk: Name
    n: Count
    oldest: Count
    newest: Count
    ages: tuple[Count, Count, Count, Count]
    against: dict[Code, Count]


class ToldOrder(_Closed):
    """An owners' order, with what became of each decision that it names."""

    n: Count
    kind: Code
    reason: Code
    at: Count
    signatures: Count
    decisions: tuple[tuple[Partition, Leaf, Code], ...] = Field(max_length=16)

    @property
    def done(self) -> int:
        """How many routing has carried out."""
        return sum(state not in ("kept", "released") for _, _, state in self.decisions)


class ToldQuarantine(_Closed):
    """One realm's."""

    at: Count
    groups: tuple[KeptGroup, ...] = Field(max_length=MOST_GROUPS)
    orders: tuple[ToldOrder, ...] = Field(max_length=64)
    whole: bool


@dataclass(frozen=True, slots=True)
class LastTold:
    """What was told, when, and whether it is told now."""

    told: ToldQuarantine
    at: float
    answers: bool = True


@dataclass
class QuarantineTold:
    """Asks the auditor of each realm.

    Attributes:
        last: realm -> what was told last.
    """

    client: AuditClient
    last: dict[str, LastTold] = field(default_factory=dict)
    _asked: float = -FRESH_S
    _in_turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ask(self) -> Mapping[str, LastTold]:
        """What is told now, or was last."""
        async with self._in_turn:
            if time.monotonic() - self._asked >= FRESH_S:
                answers = await asyncio.gather(
                    *(self.client.ask(realm, "quarantine") for realm in REALMS)
                )
                self._take(dict(zip(REALMS, answers, strict=True)))
                self._asked = time.monotonic()
        return self.last

    def groups(self) -> Iterator[tuple[str, KeptGroup]]:
        """Every group that was told, with its realm."""
        for realm, last in self.last.items():
            for group in last.told.groups:
                yield realm, group

    def _take(self, answers: Mapping[str, bytes]) -> None:
        for realm, said in answers.items():
            told, before = _read(ToldQuarantine, said), self.last.get(realm)
            if told is not None:
                self.last[realm] = LastTold(told, time.time())
            elif before is not None:
                self.last[realm] = LastTold(before.told, before.at, answers=False)


def _read(model: type[M], said: bytes) -> M | None:
    """What an answer says; None of one that is empty or of another form."""
    try:
        return model.model_validate_json(said)
    except ValidationError:
        return None
