"""What differs, without any broker: words, the gauge, the comparison."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from contracts.kafka.quotas import READS, WRITES, Quota
from contracts.kafka.rights import Right
from services.operate.drift import RIGHT_KINDS, Drift, counts
from services.operate.gauge import write_gauge
from services.operate.rights import compare
from services.operate.rules import Item, Limit, Rule, rule_of, standing
from services.platform.process.metrics import LABELS

RIGHT = Right("education", "topic", "relais.civil.control", "READ")
RULE = rule_of(RIGHT)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (Rule("User:x", 2, "relais.", 3, 4), "topic relais. READ prefixed"),
        (Rule("User:x", 2, "*", 2), "topic * ALL"),
        (Rule("User:x", 2, "a", 3, host="10.0.0.1"), "topic a READ from 10.0.0.1"),
        (Rule("User:x", 4, "kafka-cluster", 7, permission=2), "cluster kafka-cluster ALTER denied"),
        (Rule("User:x", 5, "a", 15), "transactional_id a TWO_PHASE_COMMIT"),
        (Rule("User:x", 9, "a", 99), "resource-9 a operation-99"),
    ],
)
def test_an_odd_rule_is_told_as_it_is(rule: Rule, text: str) -> None:
    """A wildcard, a prefix, a host, a denial or a thing of the future is not taken for a right."""
    found = compare(standing([RIGHT], ()), {1: {RULE: 1, rule: 1}})

    assert found == {rule: Drift("right_extra", rule.whose, text)}


def test_one_broker_that_differs_is_enough() -> None:
    """A right that one of three lacks is missing; one that one of three has is extra."""
    own: dict[Item, int] = {RULE: 1}
    other: dict[Item, int] = {Rule("User:x", 2, "a", 3): 1}

    assert compare(own, {1: own, 2: own, 3: {}}).keys() == own.keys()
    assert compare(own, {1: own, 2: own | other}).keys() == other.keys()


def test_the_gauge_has_every_kind_and_no_other_label(tmp_path: Path) -> None:
    """An alert must see a zero: a series that is not there never fires."""
    drifts = [Drift("right_extra", "education", "topic a READ"), Drift("right_extra", "x", "y")]
    file = tmp_path / "acl.prom"

    write_gauge(file, counts(drifts, RIGHT_KINDS), 1_795_514_400)

    text = file.read_text()
    assert 'relais_drift{kind="right_extra"} 2.0' in text
    assert 'relais_drift{kind="right_missing"} 0.0' in text
    assert 'relais_drift_checked_seconds{kind="right_missing"} 1.7955144e+09' in text
    assert set(re.findall(r"(\w+)=", text)) <= LABELS
    assert [path.name for path in tmp_path.iterdir()] == ["acl.prom"]


WANTED = standing((), [Quota("education", WRITES, 100), Quota("education", READS, 200)])


def test_a_limit_that_nothing_gives_is_told_by_whose_it_is() -> None:
    """A default of all users would hold routing up too; a client's, whoever calls itself so."""
    everybody, client = (
        Limit((("user", ""),), WRITES),
        Limit((("client-id", "x"), ("user", "a")), READS),
    )

    auditor = Limit((("user", "audit-civil"),), READS)
    existing: dict[int, dict[Item, int]] = {0: {**WANTED, everybody: 1, client: 2, auditor: 3}}

    assert sorted(compare(WANTED, existing).values()) == [
        Drift("quota_extra", "audit-civil", READS, "3"),
        Drift("quota_extra", "client-id x, user a", READS, "2"),
        Drift("quota_extra", "user <default>", WRITES, "1"),
    ]
