"""`relais audit replay`: what an auditor reads, in French and in English."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner, Result

from contracts.log.replay import Finding
from services.audit.replay import Verdict
from services.cli.app import create_app
from services.cli.auditor import audit

COUNTS = {"records": 7, "released": 5, "withheld": 2, "refused": 1}


def replayed(monkeypatch: pytest.MonkeyPatch, lang: str, *findings: Finding) -> Result:
    """The command, over a log in which this was found."""

    async def verdict(*_: Any) -> Verdict:
        found = tuple(("civil", one) for one in findings)
        return Verdict(7, {"civil": COUNTS}, found, {})

    monkeypatch.setattr(audit, "_replay", verdict)
    return CliRunner().invoke(create_app(), ["audit", "replay", "--lang", lang])


@pytest.mark.parametrize(
    ("lang", "said", "column"),
    [
        ("fr", "sain : 7 inscriptions décidées à nouveau, aucune divergence, 1 remarque", "bus"),
        ("en", "clean: 7 records decided again, no divergence, 1 note", "realm"),
    ],
)
def test_a_clean_log_is_said_to_be_clean(
    monkeypatch: pytest.MonkeyPatch, lang: str, said: str, column: str
) -> None:
    """Notes are counted and fail nothing."""
    done = replayed(monkeypatch, lang, Finding(0, 3, "prev_missing", alarm=False))

    assert done.exit_code == 0
    assert said in done.stdout
    assert column in done.stdout.split("\n")[0]


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "fr",
            "la première : decision_differs sur le bus civil, partition 2, inscription 4 : here",
        ),
        ("en", "the first: decision_differs in civil, partition 2, record 4: here"),
    ],
)
def test_a_divergence_is_said_with_its_place(
    monkeypatch: pytest.MonkeyPatch, lang: str, said: str
) -> None:
    """Of several the first alarm, whatever notes stand before it; exit 1."""
    alarm = Finding(2, 4, "decision_differs", "here")

    done = replayed(monkeypatch, lang, Finding(0, 3, "prev_missing", alarm=False), alarm)

    assert done.exit_code == 1
    assert said in done.stdout
