"""Desks of a home that are sealed for otherwise: from periods on that have not begun."""

from __future__ import annotations

from pathlib import Path

import orjson

from contracts.envelope.part import open_part, read_part, seal_part
from contracts.keys.sealing_keys import period_of
from contracts.keys.sealing_kinds import kind_of
from contracts.vocabulary.schema import desk_urn
from services.operate.home.home import Home
from services.platform.keys import keystore
from tests.contracts.envelope import kit
from tests.contracts.envelope.refusal import refused

AT = 1_788_760_800  # a Monday
MONTH = 30 * 86_400


def test_a_desks_keys_become_those_of_p_256_and_stay_so(tmp_path: Path) -> None:
    """This month's key stays, those after it change, and what is sealed for each is opened."""
    home = Home(tmp_path)
    home.prepare(AT, weeks=5)
    before = home.directory("civil")
    (tmp_path / "sealing.json").write_bytes(orjson.dumps({"crip": "P-256"}))

    directory = home.sign_directory("civil", AT + 60, weeks=6)

    urn = desk_urn("civil", "crip")
    this, following = (directory.sealing_key(urn, "P90", at) for at in (AT, AT + MONTH))
    assert this == before.sealing_key(urn, "P90", AT)
    assert kind_of(following.public).crv == "P-256"
    ring = keystore.desk_ring(home.keys, "civil", "crip")
    for key in (this, following):
        token = seal_part(
            {"text": "x"}, cat="FACTS", evt=kit.sample_issue().claims.jti,
            iss=desk_urn("civil", "edu-s"), key=key, random=kit.Seeded("crip"),
        )  # fmt: skip
        assert open_part(token, read_part(token, "p")[1], ring, "p")["body"] == {"text": "x"}
    other = desk_urn("civil", "mo")
    assert directory.sealing_key(other, "P30", AT + MONTH) == before.sealing_key(
        other, "P30", AT + MONTH
    )
    again = home.sign_directory("civil", AT + 120, weeks=6)
    assert {key.kid: key for key in again.encryption.values()} == dict(directory.encryption)
    assert period_of("P90", AT).label in str(sorted(directory.encryption))


def test_a_file_that_is_not_understood_stops_before_any_key(tmp_path: Path) -> None:
    """Another kind, another desk, no JSON."""
    home = Home(tmp_path)
    home.prepare(AT, weeks=1)
    for text in (b'{"crip":"rsa"}', b'{"nobody":"P-256"}', b"P-256"):
        (tmp_path / "sealing.json").write_bytes(text)
        with refused("sealing_malformed"):
            home.sign_directory("civil", AT + 60, weeks=2)
