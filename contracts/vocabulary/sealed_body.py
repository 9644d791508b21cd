"""What every body of a scope has in common."""

from __future__ import annotations

from typing import Any, Self

from pydantic import model_validator

from contracts.vocabulary.schema import Closed
from contracts.vocabulary.schema_faults import fault


class Body(Closed):
    """A sealed body: closed, frozen, and without nulls."""

    def wire(self) -> dict[str, Any]:
        """The JSON object as it is sealed: absent fields and empty lists left out."""
        return self.model_dump(mode="json", exclude_defaults=True)

    @model_validator(mode="after")
    def _no_null(self) -> Self:
        values = self.__dict__
        for name in self.model_fields_set:
            if values[name] is None:
                raise fault("null_not_allowed", f"{name} left out")
        return self
