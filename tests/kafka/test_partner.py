"""A hospital in the real federation, by three files: convention, `partners.json` and its keys."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from contracts.conventions import shipped
from tests.contracts.convention.hospital import joined
from tests.flows.test_new_partner import CONCERN
from tests.kafka.test_up import arrivals, federation, relais

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


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

    with federation(home) as printed:
        sent = relais(home, "send", str(record), "--agency", "hospital")
        at_crip = arrivals(home, "crip")
        own = arrivals(home, "uaped")
        audit = relais(home, "audit", "replay")

    assert sent.returncode == 0, sent.stderr
    assert "hospital" in str(printed)
    assert [one["from"] for one in at_crip if one.get("type") == "IP"] == ["uaped"]
    assert any(one.get("kind") == "decided" for one in own), own
    assert audit.returncode == 0, audit.stdout
