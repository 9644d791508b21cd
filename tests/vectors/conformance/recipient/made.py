"""What a recipient's case is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.texts import Text
from tests.vectors.conformance.case import ConformanceCase, Requirement
from tests.vectors.conformance.record import KitRecord
from tests.vectors.conformance.workbench import Workbench

Making = Callable[[Workbench], Sequence[KitRecord]]
RecipientCase = ConformanceCase[Making]  # reasons are codes of envelope §11


def refusal(
    name: str, title: Text, make: Making, *reasons: str, asked: Requirement, under: bool
) -> RecipientCase:
    """A case that must be refused for one of the reasons; `under` a genuine receipt or not."""
    return RecipientCase(name, title, asked, make, frozenset(reasons), under_receipt=under)
