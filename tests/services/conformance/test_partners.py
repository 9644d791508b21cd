"""The reference partners, which share no code with us, pass the kit by its file shapes alone."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from services.conformance.export import record_counts
from services.conformance.judge import judge, read_verdicts
from services.conformance.recipient import RECIPIENT
from tests.partners.home import command
from tests.partners.test_offline import LANGUAGES
from tests.services.conformance.folder import files, write

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
