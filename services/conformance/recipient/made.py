"""What a recipient's case is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.conformance.case import ConformanceCase
from services.conformance.record import KitRecord
from services.conformance.workbench import Workbench

Making = Callable[[Workbench], Sequence[KitRecord]]
RecipientCase = ConformanceCase[Making]  # reasons are codes of envelope §11
