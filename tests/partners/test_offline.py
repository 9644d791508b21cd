"""Partners of none of our code take what the specification's vectors hold."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from contracts.encoding import unb64u
from tests.partners.home import EXAMPLES, verdicts, write_home
from tests.vectors.specification import FOLDER, federation

LANGUAGES = ("python", pytest.param("java", marks=pytest.mark.nightly))

pytestmark = pytest.mark.slow


def vector(name: str) -> Any:
    """A file of the specification."""
    return orjson.loads((FOLDER / f"{name}.json").read_bytes())


def claims(token: str) -> Any:
    """Of a token that nobody verifies here."""
    return orjson.loads(unb64u(token.split(".")[1]))


def recipient(folder: Path, desk: str) -> Path:
    """The home of a desk of the vectors."""
    keys, token = federation.KEYS, federation.KEYS.token
    own = vector("delivery")["recipients"].get(desk)
    private = [own | {"use": "enc"}] if own else []
    return write_home(folder, desk, token, federation.public_jwk(keys.keeper), private)


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
