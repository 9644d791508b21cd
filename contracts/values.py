"""Values on the path of an event: mypy holds them frozen, and no process pays for it.

A frozen dataclass sets each member through `object.__setattr__`: a hundred and fifty an event, 4 %
of what routing one costs. Here it is an ordinary one with a hash; to mypy it is `dataclass` itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as value_class
else:
    from dataclasses import dataclass

    def value_class(*, frozen: bool, slots: bool):  # noqa: D103  (typed above)
        return dataclass(slots=slots, unsafe_hash=frozen)


__all__ = ["value_class"]
