"""The rule by which a figure is small in itself, whatever stands beside it (statistics §1)."""

from __future__ import annotations

LEAST_CASES = 10
"""A figure of fewer cases is hidden: ONS's 10-5 rule and ACRO's default."""

LEAST_ISSUERS = 3
"""So is one that fewer desks brought about, unless a table is by issuer: two know each other's by subtracting their own."""


def is_small(*, cases: int, issuers: int, by_issuer: bool) -> bool:
    """Whether a count above zero is hidden.

    Args:
        cases: distinct cases.
        issuers: distinct desks that brought them.
        by_issuer: the issuer is one of what the figure names.
    """
    return cases < LEAST_CASES or (issuers < LEAST_ISSUERS and not by_issuer)


def width_owed(value: int) -> int:
    """How wide the interval of a hidden figure must be for every reader: 30 % of it, and never below 10."""
    return max(LEAST_CASES, -(-value * 3 // 10))
