"""`relais keys rotate --stolen-since`: what a thief had is of no use, and the desk goes on."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from os import urandom
from pathlib import Path
from typing import Any, Final

import pytest

from contracts.envelope.part import open_part, read_part, seal_part
from contracts.errors import EnvelopeError
from contracts.keys.entries import EncryptionKey
from contracts.vocabulary.schema import desk_urn
from services.operate.home.home import Home
from services.platform.keys.keystore import desk_ring
from tests.services.cli.operator.conftest import Run

EVENT: Final = "01990000-0000-7000-8000-000000000000"


def test_after_a_theft_a_desk_goes_on_receiving_and_reads_what_came(
    ordering: Run, tmp_path: Path
) -> None:
    """One command, twice as once: under every id another key; both halves are destroyed as one."""
    own, urn = Home(tmp_path / "own"), desk_urn("civil", "crip")
    before = own.directory("civil").encryption
    ring = desk_ring(own.keys, "civil", "crip")

    def read_with(key: EncryptionKey) -> Any:
        token = seal_part({"text": "x"}, cat="FACTS", evt=EVENT, iss=urn, key=key, random=urandom)
        return open_part(token, read_part(token, "p")[1], ring, "p")["body"]["text"]

    since = f"{datetime.now(UTC) - timedelta(1):%F}"
    rotate = ("keys", "rotate", "--desk", "crip", "--stolen-since", since)
    done, again = ordering(*rotate), ordering(*rotate)
    after = own.directory("civil").encryption
    (key,) = after.valid(urn, "P30", int(time.time()))

    assert (done.exit_code, again.exit_code) == (0, 0), done.output
    assert "nothing left to do" in again.stdout
    assert before.keys() == after.keys()
    changed = {kid for kid in before if before[kid].public != after[kid].public}
    assert changed == {kid for kid in before if kid.startswith("crip-p")}
    assert [read_with(one) for one in (before[key.kid], key)] == ["x", "x"]
    ring.destroy(key.kid, int(time.time()))
    for one in (before[key.kid], key):
        with pytest.raises(EnvelopeError, match="no_private_key"):
            read_with(one)
    assert not [*(own.keys / "civil" / "crip").glob(f"{key.kid}.*.json")]
