"""What a field of a record becomes, said beside the field.

    first_name: Annotated[Line, To("IDENTITY:first_name")]   a field of a scope's body
    surname:    Annotated[Line, To("name")]                  in a block: of the block's own scope
    summary:    Annotated[Summary, To("FACTS.summary")]      of the same name as the record's
    unit:       Annotated[Line, OWN]                         the agency's business: never leaves
    inquiry:    Annotated[bool, Says("inquiry")]             a declared condition of the cover
    closed:     Annotated[bool, Fact("final")]               a clear fact of the cover
    returned_to: Annotated[DeskId, Names("HOME")]            the desk of a role
    minor:      Annotated[Minor, Keeps("phone")]             a field of the block stays here

A field of a `Block` without a mark becomes the field of the same name in the block's scope.
What a record's kind says by itself stands in its `Becomes`. `mapping.py` reads both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from contracts.vocabulary.schema import Closed
from contracts.vocabulary.scopes import CIVIL

Read = Callable[[Any], Any]


def same(value: Any) -> Any:
    """The value as it is."""
    return value


@dataclass(frozen=True, slots=True)
class To:
    """The field of a body that a field becomes.

    Several fields may become one: lists are joined, of other values the last that is there counts.

    Attributes:
        target: `SCOPE:field`; `SCOPE` (a field of the same name, or a block's fields); `field` (of
            the scope of the block or of the item of a list).
        read: the record's form → the body's; None or empty: nothing.
        alone: whether the value is reason enough to fill the scope; else it goes along.
    """

    target: str
    read: Read = same
    alone: bool = True


@dataclass(frozen=True, slots=True)
class Says:
    """A condition that the professional declares: told to `form.declared` by its name."""

    condition: str


@dataclass(frozen=True, slots=True)
class ClearFact:
    """A clear fact of the cover; `read` is asked also where the field is absent (None)."""

    name: str
    read: Read = same


@dataclass(frozen=True, slots=True)
class Names:
    """The field names the desk of a role, where there are several."""

    role: str


@dataclass(frozen=True, slots=True)
class Keeps:
    """A field of this block that stays here in this kind of record."""

    field: str


@dataclass(frozen=True, slots=True)
class Own:
    """The agency's own business: never sent to anybody."""


OWN: Final = Own()


class Block(Closed):
    """Fields that stand together on a form.

    Attributes:
        scope: what its fields become, unless they say otherwise.
    """

    scope: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class Becomes:
    """The event that a kind of record becomes.

    Attributes:
        etype: event type.
        to: role of an addressee → purpose. None: no clause is known, so that it becomes an
            attempt; an event without any purpose declares nothing.
        usual: the roles that get it where the record names no desk; None: all of `to`.
        const: `SCOPE:field` → what the kind itself says there, if the record fills the scope.
        facts: clear facts that the kind itself says.
        also: the record's field → what it becomes in this event beyond what stands beside it.
        own: the record's fields that stay here in this event alone.
    """

    etype: str
    to: Mapping[str, str | None]
    realm: str = CIVIL
    usual: tuple[str, ...] | None = None
    const: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    also: Mapping[str, str] = field(default_factory=dict)
    own: tuple[str, ...] = ()
