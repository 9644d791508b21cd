"""The reference partners, which share no code with us, pass the kit by its file shapes alone: as recipient and as issuer."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.partners.home import command
from tests.partners.test_offline import LANGUAGES
from tests.services.conformance.folder import failures, federation, files, write
from tests.vectors.conformance.export import issuer_files, record_counts
from tests.vectors.conformance.issuer import ISSUER
from tests.vectors.conformance.issuer.check import as_verdicts
from tests.vectors.conformance.judge import judge, read_verdicts
from tests.vectors.conformance.recipient import RECIPIENT

pytestmark = [pytest.mark.slow, pytest.mark.node]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reference_partner_passes(language: str, tmp_path: Path) -> None:
    """A line a record, without the cases' names: `partner verify deliveries/*.jsonl --directory desk`."""
    folder = write(tmp_path, files())
    deliveries = map(str, sorted((folder / "deliveries").glob("*.jsonl")))
    words = [*command(language), "verify", *deliveries, "--directory", str(folder / "desk")]
    said = subprocess.run(words, capture_output=True, check=False).stdout
    results = judge(RECIPIENT, read_verdicts(said, record_counts(files())))

    assert {result.case.id: result.fault for result in results if result.fault} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reference_partner_issues_what_the_kit_drafts(language: str, tmp_path: Path) -> None:
    """`partner issue drafts/*.json --directory desk`: twelve as they were drafted, seventeen not at all."""
    folder = write(tmp_path, issuer_files(federation(), ISSUER))
    drafts = map(str, sorted((folder / "drafts").glob("*.json")))
    words = [*command(language), "issue", *drafts, "--directory", str(folder / "desk")]
    said = subprocess.run(words, capture_output=True, check=False).stdout
    failed = failures(ISSUER, as_verdicts(federation(), ISSUER, said))

    assert {result.case.id: result.fault for result in failed} == {}
