"""Events of the bus itself: ACK, WITHDRAW, LINK, UNLINK, LOOKUP, ASK, ALARM, READING, PING, ENTRUST, attempts (rules §8).

None has a body of its own: all that they say is in the cover, and what an ENTRUST passes on are others' bodies. These models are the clear claims that each
must and may carry; what is not listed must be absent.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.vocabulary.schema import (
    Closed,
    HeadNote,
    LeftOut,
    Linked,
    Motive,
    ReadingClaim,
    Ref,
    Stage,
)


class System(Closed):
    """Base of events without parts."""

    etype: ClassVar[str]


class Acknowledgement(System):
    """A desk that was delivered `re` tells its issuer how far it is; once a stage."""

    etype: ClassVar[str] = "ACK"
    re: Annotated[tuple[Ref, ...], Field(min_length=1, max_length=16)]
    stage: Stage
    motive: Motive | None = None
    purpose: Literal["acknowledge"] = "acknowledge"


class Withdrawal(System):
    """The issuer of `re` withdraws it from the desks delivered to; cancels no legal duty."""

    etype: ClassVar[str] = "WITHDRAW"
    re: Annotated[tuple[Ref, ...], Field(min_length=1, max_length=16)]
    purpose: Literal["withdraw"] = "withdraw"


class Link(System):
    """The CRIP says that two tokens are one child's: the clock moves, nothing else."""

    etype: ClassVar[str] = "LINK"
    linked: Linked


class Unlink(System):
    """The CRIP takes a link back; history stays."""

    etype: ClassVar[str] = "UNLINK"
    linked: Linked


class Lookup(System):
    """A reference service asks which desks received what on a case; the router answers by a notice."""

    etype: ClassVar[str] = "LOOKUP"
    skip: Annotated[int, Field(ge=1)] | None = None


class Ask(System):
    """A reference service asks desks why they had access to what `re` delivered to them."""

    etype: ClassVar[str] = "ASK"
    re: Annotated[tuple[Ref, ...], Field(min_length=1, max_length=16)]
    purpose: Literal["justify"] = "justify"


class Alarm(System):
    """An agency's service was shown two histories of a log: both heads, as the log signed them."""

    etype: ClassVar[str] = "ALARM"
    histories: tuple[HeadNote, HeadNote]


class LogReading(System):
    """An auditor is about to read the log."""

    etype: ClassVar[str] = "READING"
    reading: ReadingClaim


class Ping(System):
    """A desk's service looks whether an event of its comes through the router, and how soon it is told."""

    etype: ClassVar[str] = "PING"


class Entrusting(System):
    """A desk that ends gives a case to one of its heirs or, by `re` and parts, what it was delivered.

    Attributes:
        re: the one event of which the parts are.
    """

    etype: ClassVar[str] = "ENTRUST"
    re: Annotated[tuple[Ref, ...], Field(min_length=1, max_length=1)] | None = None
    purpose: Literal["entrust"] = "entrust"


class Attempt(System):
    """Named desks, no purpose, no parts: shows an obstacle; always refused, with the right door.

    Its `etype` is that of the act that was tried.
    """

    etype: ClassVar[str] = ""
    attempt: Literal[True] = True
    left_out: Annotated[tuple[LeftOut, ...], Field(max_length=16)] = ()
