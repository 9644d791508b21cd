"""The kit for an issuer passes who keeps the specification, and names the fault of who does not."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import orjson
import pytest

from tests.services.conformance.folder import failures, federation, write
from tests.services.conformance.issuing import TriedIssuer
from tests.vectors.conformance.export import issuer_files
from tests.vectors.conformance.issuer import ISSUER
from tests.vectors.conformance.issuer.check import as_verdicts

# A fault of an issuer -> the case that names it.
FAULTS: Final = {
    "publishes_nothing": "one-addressee",
    "any_partition": "one-addressee",
    "key_is_the_id": "one-addressee",
    "no_type": "one-addressee",
    "parts_left_out": "one-addressee",
    "early_key": "one-addressee",
    "one_class": "kept-ninety-days",
    "no_chain": "three-in-a-case",
    "one_chain": "cases-in-two-partitions",
    "same_salts": "three-in-a-case",
    "escapes": "letters-beyond-ascii",
    "any_body": "body-outside-schema",
    "any_directory": "directory-altered",
    "trusts_the_keeper": "key-slipped-in",
    "any_age": "directory-expired",
    "any_reader": "not-read",
    "later_version": "only-a-later-version-read",
    "lists_receipts": "everybody-reads-receipts",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The kit's folder."""
    return write(tmp_path_factory.mktemp("issuer"), issuer_files(federation(), ISSUER))


def failed(folder: Path, faults: frozenset[str] = frozenset()) -> dict[str, str]:
    """Case -> fault, of those that fail."""
    issuer = TriedIssuer(folder, faults)
    said = [issuer.answer(path) for path in sorted((folder / "drafts").iterdir())]
    lines = as_verdicts(federation(), ISSUER, b"\n".join(map(orjson.dumps, said)))
    return {
        result.case.id: f"{result.fault} {result.verdict and result.verdict.reason}"
        for result in failures(ISSUER, lines)
    }


def test_our_own_issuing_passes(folder: Path) -> None:
    """From the folder alone: drafts, directory, signing key and routing secret."""
    assert failed(folder) == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_caught_by_the_case_that_names_it(folder: Path, fault: str) -> None:
    """In what was published, or because it was published."""
    assert FAULTS[fault] in failed(folder, frozenset({fault}))
