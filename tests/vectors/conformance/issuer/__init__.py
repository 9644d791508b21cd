"""The cases of an issuer: what it is to publish, what it must not, and what is looked at in what it writes."""

from __future__ import annotations

from typing import Final

from tests.vectors.conformance.issuer import good, hostile
from tests.vectors.conformance.issuer.drafting import IssuerCase

ISSUER: Final[tuple[IssuerCase, ...]] = (*good.CASES, *hostile.CASES)
