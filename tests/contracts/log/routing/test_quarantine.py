"""What is put aside is taken back as it came, whatever it was; and never grows beyond its topic."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.encoding import digest
from contracts.envelope.wire import Inbound, Outbound
from contracts.errors import LogError
from contracts.log.routing.batch import size
from contracts.log.routing.quarantine import put_aside, taken_back
from contracts.vocabulary import topics
from services.agency.office.sending.outbox import IDEMPOTENCY
from services.agency.office.sending.sealing import OWN, UNSENT
from tests.contracts.envelope import kit

LEAF = digest("a leaf")
INPUTS = st.builds(
    Inbound,
    topic=st.just("relais.civil.outbox.education"),
    partition=st.integers(0, 5),
    offset=st.integers(0, 2**40),
    key=st.none() | st.binary(max_size=80),
    value=st.none() | st.binary(max_size=200),
    headers=st.lists(st.tuples(st.text(max_size=200), st.none() | st.binary(max_size=300))).map(
        tuple
    ),
    timestamp_ms=st.just(kit.NOW * 1000),
)


def read(out: Outbound) -> Inbound:
    """As routing reads it from quarantine."""
    return Inbound(
        out.topic, out.partition, 7, out.key, out.value, tuple(out.headers), kit.NOW * 1000
    )


@given(INPUTS)
@example(kit.inbound(kit.sample_issue(), headers=(("fields", b"\xff"), ("", None))))  # ours
def test_any_input_is_taken_back_as_it_came(record: Inbound) -> None:
    """Topic, place, key, value, null or not, headers in order and with names twice."""
    out = put_aside("civil", record, LEAF, "a_code")

    assert taken_back(read(out)) == record
    assert (out.topic, out.partition, out.key) == (
        topics.quarantine("civil"), record.partition, LEAF.encode(),
    )  # fmt: skip


def test_what_an_agency_sealed_for_itself_is_not_copied() -> None:
    """A desk's own file number stays in the outbox of its agency, and nowhere else."""
    record = kit.inbound(kit.sample_issue())
    more = tuple((name, b"sealed") for name in (IDEMPOTENCY, UNSENT, OWN))

    out = put_aside("civil", replace(record, headers=record.headers + more), LEAF, "x")

    assert taken_back(read(out)) == record


def test_headers_without_end_do_not_outgrow_the_topic() -> None:
    """As many empty headers as fit into a published record: kept, or routing would stop."""
    empty = (("", None),) * (topics.MAX_RECORD_BYTES // 2)
    # an undecodable name grows threefold
    names = (("\ufffd" * (topics.MAX_RECORD_BYTES - 10), b""),)
    for headers in (empty, names):
        record = kit.inbound(kit.sample_issue(), headers=headers, value=b"")

        out = put_aside("civil", record, LEAF, "headers")

        assert size(out) <= topics.limit(out.topic)


@given(
    st.dictionaries(st.sampled_from(["source", "null", "key", "fields", "headers"]), st.binary())
)
def test_any_other_record_is_none_of_ours(headers: dict[str, bytes]) -> None:
    """Whatever somebody wrote there: an error with its code, never another."""
    record = Inbound("relais.civil.quarantine", 0, 0, b"", b"", tuple(headers.items()), 0)

    with pytest.raises(LogError, match="bytes_altered"):
        taken_back(record)
