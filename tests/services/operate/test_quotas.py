"""Quotas as brokers have them against those that were computed, without any broker."""

from __future__ import annotations

from io import BytesIO

from contracts.kafka.quotas import READS, WRITES, Quota
from services.operate.drift import Drift
from services.operate.held import differences
from services.operate.quotas import (
    AlterClientQuotasRequest,
    AlterClientQuotasRequestV0,
    Limit,
    limits,
    told,
)

WANTED = limits([Quota("education", WRITES, 100), Quota("education", READS, 200)])
OWN, OTHER = Limit((("user", "education"),), WRITES), Limit((("user", "education"),), READS)


def drift(*brokers: dict[Limit, int]) -> list[Drift]:
    """What is told of some brokers."""
    existing = dict(enumerate(brokers))
    return told(*differences(WANTED, existing), existing)


def test_a_limit_that_one_broker_lacks_or_has_otherwise_is_drift() -> None:
    """With what it has and what was agreed."""
    same = dict(WANTED)

    assert drift(same, same) == []
    assert drift(same, {OWN: 100}) == [Drift("quota", "education", READS, "", "200")]
    assert drift(same, {**same, OWN: 7}) == [Drift("quota", "education", WRITES, "7", "100")]
    assert len(drift({})) == 2
    assert len(drift()) == 2


def test_a_limit_that_nothing_gives_is_told_by_whose_it_is() -> None:
    """A default of all users would hold routing up too; a client's, whoever calls itself so."""
    everybody, client = (
        Limit((("user", ""),), WRITES),
        Limit((("client-id", "x"), ("user", "a")), READS),
    )

    found = drift({**WANTED, everybody: 1, client: 2, Limit((("user", "audit-civil"),), READS): 3})

    assert [(one.kind, one.place, one.name, one.got) for one in found] == [
        ("quota_extra", "audit-civil", READS, "3"),
        ("quota_extra", "client-id x, user a", READS, "2"),
        ("quota_extra", "user <default>", WRITES, "1"),
    ]


def test_the_request_has_the_bytes_of_its_schema() -> None:
    """KIP-546: entities with their changes; the default entity's name is null."""
    change = "producer_byte_rate", 0.0, True
    request = AlterClientQuotasRequest({(("user", ""),): [change]})

    sent = request.build(AlterClientQuotasRequestV0).encode()

    assert sent == (
        b"\0\0\0\1" b"\0\0\0\1" b"\0\4user" b"\xff\xff"
        b"\0\0\0\1" b"\0\x12producer_byte_rate" b"\0\0\0\0\0\0\0\0" b"\1" b"\0"
    )  # fmt: skip
    assert AlterClientQuotasRequestV0.decode(BytesIO(sent)).validate_only is False
