"""The cases of a recipient, step by step of envelope §8."""

from __future__ import annotations

from typing import Final

from tests.vectors.conformance.recipient import (  # fmt: skip
    agreement,
    good,
    headers,
    heirs,
    notices,
    order,
    parts,
    sealed,
    shells,
    tokens,
)
from tests.vectors.conformance.recipient.made import RecipientCase

RECIPIENT: Final[tuple[RecipientCase, ...]] = tuple(
    case
    for module in (good, shells, headers, tokens, agreement, parts, sealed, order, heirs, notices)
    for case in module.CASES
)
