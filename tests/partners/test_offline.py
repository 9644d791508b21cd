"""Partners of none of our code take what the specification's vectors hold, and refuse every attack by its code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from contracts.encoding import unb64u
from contracts.errors import EnvelopeError
from contracts.keys.keyring import sign_in_pages
from tests.contracts.envelope import kit
from tests.contracts.envelope.inbox import read
from tests.contracts.envelope.test_node import hostile
from tests.partners.home import EXAMPLES, record, sealing_jwk, verdicts, write_home
from tests.vectors.specification import FOLDER, federation

LANGUAGES = ("python", "java")

pytestmark = pytest.mark.slow


def vector(name: str) -> Any:
    """A file of the specification."""
    return orjson.loads((FOLDER / f"{name}.json").read_bytes())


def claims(token: str) -> Any:
    """Of a token that nobody verifies here."""
    return orjson.loads(unb64u(token.split(".")[1]))


def recipient(folder: Path, desk: str) -> Path:
    """The home of a desk of the vectors."""
    keys, tokens = federation.KEYS, federation.KEYS.tokens
    own = vector("delivery")["recipients"].get(desk)
    private = [own | {"use": "enc"}] if own else []
    return write_home(folder, desk, tokens, federation.public_jwk(keys.keeper), private)


def crip(folder: Path) -> Path:
    """The home of the CRIP that every attack is on."""
    here = kit.realm()
    tokens = sign_in_pages(here.payload, here.keeper)
    keys = [sealing_jwk(kid) for kid in here.directory.encryption if kid.startswith("crip-p30")]
    return write_home(folder, here.urn("crip"), tokens, federation.public_jwk(here.keeper), keys)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_partner_opens_the_vectors(language: str, tmp_path: Path) -> None:
    """Two deliveries and a notice, each by the desk that it names, and a second time not."""
    event = vector("event")
    opened = {}
    for row in vector("delivery")["inboxes"]:
        token = orjson.loads(row["value"])["data"]
        desk = claims(token.get("receipt") or token["notice"])["aud"]
        folder = tmp_path / desk.rpartition(":")[2]
        home = recipient(folder, desk)
        (folder / "open").mkdir()
        first, again = verdicts(language, home, [[row, row]], "--open", str(folder / "open"))
        assert (first["accepted"], again["reason"]) == (True, "replayed"), (first, again)
        for path in (folder / "open").iterdir():
            opened[desk] = json.loads(path.read_bytes())["bodies"]

    given = {to["desk"]: to["bodies"] for to in event["given"]["to"]}
    assert opened == given


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_partner_refuses_what_is_hostile(language: str, tmp_path: Path) -> None:
    """Every attack on a recipient (envelope §8), by the code that our own reader gives."""
    attacks, ours = hostile(), {}
    for name, attack in attacks.items():
        with pytest.raises(EnvelopeError) as raised:
            read(attack)
        ours[name] = raised.value.code

    home = crip(tmp_path / "crip")
    inboxes = [[record(attack)] for attack in attacks.values()]
    said = dict(zip(attacks, verdicts(language, home, inboxes), strict=True))

    assert [name for name, one in said.items() if one["accepted"]] == []
    assert {name: one["reason"] for name, one in said.items()} == ours


def test_a_partner_is_read_a_file_at_a_time_and_imports_nothing_of_ours() -> None:
    """No file of an example is longer than 250 lines; none names a package of the house."""
    files = [path for path in EXAMPLES.rglob("*") if path.suffix in (".py", ".java")]
    long = {
        path.name: lines for path in files if (lines := len(path.read_text().splitlines())) > 250
    }
    ours = [
        path.name
        for path in files
        if re.search(r"^(from|import) (contracts|services|tests)\b", path.read_text(), re.MULTILINE)
    ]

    assert len(files) > 10
    assert (long, ours) == ({}, [])
