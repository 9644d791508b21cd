"""What every body of a scope has in common."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import model_validator

from contracts.vocabulary.schema import Closed
from contracts.vocabulary.schema_faults import fault


class Body(Closed):
    """A sealed body: closed, frozen, and without nulls.

    Attributes:
        needs_one: members of which at least one says something; None: of all.
    """

    needs_one: ClassVar[tuple[str, ...] | None] = ()

    def wire(self) -> dict[str, Any]:
        """The JSON object as it is sealed: absent fields and empty lists left out."""
        return self.model_dump(mode="json", exclude_defaults=True)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        values = self.__dict__
        for name in self.model_fields_set:
            if values[name] is None:
                raise fault("null_not_allowed", f"{name} left out")
        names = type(self).model_fields if self.needs_one is None else self.needs_one
        if names and all(values[name] in (None, ()) for name in names):
            raise fault("incomplete", "at least one of " + ", ".join(names))
        return self
