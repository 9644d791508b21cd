"""What an act is: a closed model of the bodies that one event may carry, by scope.

One model a type of event. A field's alias is its scope, its type the body that the scope has in
this act. A clause releases some of the scopes and never others: which, the convention says. The
*clear facts* are those that clocks need: they stand in sealed bodies for the recipient, and are
repeated in the cover for the router (envelope §4.2).
"""

from __future__ import annotations

from types import NoneType
from typing import Any, ClassVar, cast, get_args

from pydantic import Field

from contracts.vocabulary.schema import Closed
from contracts.vocabulary.sealed_body import Body


class Act(Closed):
    """Base of all acts.

    Attributes:
        etype: the event type of the cover.
        version: of its bodies; a member or a code more makes another one (bodies §1).
        clear: clear facts of the cover that this act may carry.
    """

    etype: ClassVar[str]
    version: ClassVar[int] = 1
    clear: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def bodies(cls) -> dict[str, type[Body]]:
        """scope -> the body that it has in this act."""
        return {
            field.alias: _body(field.annotation)
            for field in cls.model_fields.values()
            if field.alias is not None
        }


def carries(scope: str) -> Any:
    """A field for the body of `scope`, absent by default."""
    return Field(default=None, alias=scope)


def _body(annotation: Any) -> type[Body]:
    """The body of `Body | None`."""
    (body,) = (one for one in get_args(annotation) if one is not NoneType)
    return cast("type[Body]", body)
