"""Quotas as brokers have them against those that were computed, without any broker."""

from __future__ import annotations

from contracts.kafka.quotas import READS, WRITES, Quota
from services.operate.held import differences
from services.operate.quotas import Limit, limits, told

WANTED = limits([Quota("education", WRITES, 100), Quota("education", READS, 200)])


def test_a_limit_that_nothing_gives_is_told_by_whose_it_is() -> None:
    """A default of all users would hold routing up too; a client's, whoever calls itself so."""
    everybody, client = (
        Limit((("user", ""),), WRITES),
        Limit((("client-id", "x"), ("user", "a")), READS),
    )

    auditor = Limit((("user", "audit-civil"),), READS)
    existing = {0: {**WANTED, everybody: 1, client: 2, auditor: 3}}

    found = told(*differences(WANTED, existing), existing)

    assert [(one.kind, one.place, one.name, one.got) for one in found] == [
        ("quota_extra", "audit-civil", READS, "3"),
        ("quota_extra", "client-id x, user a", READS, "2"),
        ("quota_extra", "user <default>", WRITES, "1"),
    ]
