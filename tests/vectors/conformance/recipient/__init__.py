"""The cases of a recipient, step by step of envelope §8: name of a file -> its cases."""

from __future__ import annotations

from typing import Final

from tests.vectors.conformance.recipient import (  # fmt: skip
    agreement,
    headers,
    notices,
    order,
    parts,
    sealed,
    shells,
    sound,
    tokens,
)

TABLES: Final = {
    module.__name__.rpartition(".")[2]: module.CASES
    for module in (sound, shells, headers, tokens, agreement, parts, sealed, order, notices)
}
