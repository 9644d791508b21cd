"""Bundles and proofs altered anywhere: as before, or an error of ours, and soon."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contracts.encoding import canonical
from contracts.errors import ProofError, UsageError
from contracts.proof.proof_file import InclusionProof, parse_proof
from services.audit.bundle.source import open_bundle
from services.cli.auditor.proofs import proved_facts
from tests.contracts.proof.log import MemoryLog, policy
from tests.services.audit.bundle.memory_log import out_of
from tests.services.audit.bundle.test_hostile_bundles import files_of, sound, written

LAID = [
    b"", b"\0", b"\xff" * 4, b"\n", b"\n\n", b" ", b"../", b"0", b"9" * 40, b"=", b"PK\1\2",
    b"PK\3\4",
    "\u0430".encode(), "\uff0e".encode(), "\u2014 ".encode(), b"index 0\n", b"[" * 2_000,
    b"A" * 70_000,
]  # fmt: skip
Edit = tuple[float, int, bytes | None]
EDITS = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True), st.integers(0, 70), st.none() | st.sampled_from(LAID)
    ),
    min_size=1, max_size=4,
)  # fmt: skip
QUICK = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])


def edited(data: bytes, edits: list[Edit]) -> bytes:
    """The same with bytes taken away, doubled, or others laid in their place."""
    for where, length, laid in edits:
        at = int(where * len(data))
        cut = data[at : at + length]
        data = data[:at] + (cut * 2 if laid is None else laid) + data[at + len(cut) :]
    return data


@lru_cache(maxsize=1)
def bundle(folder: Path) -> bytes:
    """A sound bundle."""
    return written(out_of(folder, "sound.zip"), sound()).read_bytes()


@QUICK
@given(edits=EDITS)
def test_an_altered_bundle_is_refused_or_says_the_same(
    edits: list[Edit], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What is in it is signed: the dates of members alone may be others."""
    folder = tmp_path_factory.getbasetemp()
    data, path = bundle(folder), out_of(folder, "altered.zip")
    altered = edited(data, edits)
    path.write_bytes(altered)

    try:
        with open_bundle(path):
            assert files_of(path) == sound()
    except UsageError as error:
        assert error.code.startswith("bundle_")  # noqa: PT017
        assert altered != data


@lru_cache(maxsize=1)
def proof() -> InclusionProof:
    """A proof of a record, in a log of several."""
    entries = (canonical({"index": at, "at": 1, "kind": "decided"}) for at in range(300))
    return MemoryLog().add(entries).proof(7)


@QUICK
@given(edits=EDITS)
@example(edits=[(0.0, 0, b"\n\n")])
@example(edits=[(0.99, 70, b"")])
def test_an_altered_proof_shows_what_it_showed_or_nothing(edits: list[Edit]) -> None:
    """It may have fewer or other lines of witnesses; record, place and tree are the same."""
    altered = edited(proof().data, edits)

    try:
        read = parse_proof(altered)
        head = read.check(policy(), proof().entry)
        facts = proved_facts(read, proof().entry or b"", head)
    except ProofError:
        pass
    else:
        whole = proved_facts(proof(), proof().entry or b"", proof().check(policy()))
        assert {**facts, "cosigned": 0} == {**whole, "cosigned": 0}
