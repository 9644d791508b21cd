"""A hospital in the real federation, by three files: convention, `partners.json` and its keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from contracts.conventions import shipped
from tests.contracts.convention.hospital import joined
from tests.flows.test_new_partner import CONCERN
from tests.kafka.test_up import _until, arrivals, federation, relais

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


def answer(facts: dict[str, Any], home: Path, desk: str, event: str) -> httpx.Response:
    """Tell the author of an arrival what became of it."""
    url = next(row["url"] for row in facts["services"] if desk in row["desks"])
    token = (home / "tokens" / desk).read_text(encoding="ascii").strip()
    headers = {"Authorization": f"Bearer {token}"}
    body = {"code": "help_in_place"}
    path = f"{url}/inbox/{event}/outcome"
    with httpx.Client(trust_env=False, timeout=40) as client:
        return client.post(path, json=body, headers=headers)


def test_a_partner_joins_by_configuration_alone(tmp_path: Path) -> None:
    """It runs as a service of its own, sends by its clause, and hears what became of it."""
    home, record = tmp_path / "home", tmp_path / "record.json"
    home.mkdir(mode=0o700)
    (home / "convention.yaml").write_bytes(joined(shipped()))
    label = {"fr": "UAPED", "en": "Paediatric unit"}
    (home / "partners.json").write_bytes(
        orjson.dumps([{"desk": "uaped", "role": "UAPED", "label": label}])
    )
    record.write_bytes(orjson.dumps(CONCERN))

    with federation(home) as facts:
        sent = relais(home, "send", str(record), "--agency", "hospital")
        _until(lambda: len(arrivals(home, "crip")) == 1)
        (concern,) = arrivals(home, "crip")
        answered = answer(facts, home, "crip", concern["event"])
        _until(lambda: len(arrivals(home, "uaped")) == 1)
        (reply,) = arrivals(home, "uaped")
        audit = relais(home, "audit", "replay")

    assert sent.returncode == 0, sent.stderr
    assert "R47" in sent.stdout
    assert (concern["from"], concern["type"]) == ("uaped", "IP")
    assert answered.status_code == 202, answered.text
    assert (reply["from"], reply["type"]) == ("crip", "FEEDBACK")
    assert audit.returncode == 0, audit.stdout
