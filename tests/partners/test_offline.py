"""Partners of none of our code take the vectors, and hold a broker to the name they were told."""

from __future__ import annotations

import json
import os
import re
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from typing import Any, Final

import orjson
import pytest
from cryptography import x509

from contracts.vocabulary import principals
from services.operate.joining.request import certificate_request
from services.platform.process.tether import tethered
from services.play.certificates.ca import certify, ensure_ca, ensure_certificate
from tests.contracts.envelope import kit
from tests.contracts.envelope.kit import claims_of
from tests.partners.home import EXAMPLES, command, verdicts
from tests.patience import PATIENCE
from tests.vectors.specification import FOLDER
from tests.vectors.specification.federation import KEYS, public_jwk

LANGUAGES = ("python", pytest.param("java", marks=pytest.mark.nightly))

pytestmark = pytest.mark.slow


def vector(name: str) -> Any:
    """A file of the specification."""
    return orjson.loads((FOLDER / f"{name}.json").read_bytes())


def write_home(folder: Path, desk: str, **more: Any) -> Path:
    """The home of a desk of the vectors, with its keys where it has some there."""
    (folder / "keys").mkdir(parents=True)
    files = {
        "settings": {"desk": desk, "realm": desk.split(":")[2], **more},
        "directory": {"directory": KEYS.token},
        "owners": {"directory": [public_jwk(KEYS.keeper)]},
    }
    if own := vector("delivery")["recipients"].get(desk):
        files[f"keys/{own['kid']}"] = own | {"use": "enc"}
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_partner_opens_the_vectors(language: str, tmp_path: Path) -> None:
    """Two deliveries and a notice, each by the desk that it names, and a second time not."""
    event = vector("event")
    opened = {}
    for row in vector("delivery")["inboxes"]:
        token = orjson.loads(row["value"])["data"]
        desk = claims_of(token.get("receipt") or token["notice"])["aud"]
        folder = tmp_path / desk.rpartition(":")[2]
        home = write_home(folder, desk)
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


# What is set to get at some other server of a test, and forgotten.
CARELESS: Final = {"NODE_TLS_REJECT_UNAUTHORIZED": "0", "PYTHONHTTPSVERIFY": "0"}


def authority(folder: Path) -> Path:
    """An authority with a broker's certificate."""
    folder.mkdir()
    ensure_ca(folder)
    ensure_certificate(folder, "broker-1")
    return folder


def desk(folder: Path, trusted: Path, kafka: str) -> Path:
    """The folder of a desk that trusts an authority and is told where brokers are."""
    urn = kit.realm().urn("crip")
    home = write_home(folder, urn, agency="child_welfare", kafka=kafka)
    (home / "routing.secret").write_bytes(bytes(32))
    asked = certificate_request(home / "client.key", principals.agency("child_welfare"))
    (home / "client.pem").write_bytes(certify(trusted, x509.load_pem_x509_csr(asked.encode())))
    (home / "ca.pem").write_bytes((trusted / "ca.pem").read_bytes())
    return home


@contextmanager
def running(words: list[str], environment: dict[str, str]) -> Iterator[None]:
    """A partner's program, until the block is left."""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        tethered(words), env=environment, stdin=quiet, stdout=quiet, stderr=quiet
    ) as program:
        try:
            yield
        finally:
            program.kill()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("trusts", ["its own", "the liar's"])
def test_a_broker_of_another_authority_is_told_nothing(
    language: str, trusts: str, tmp_path: Path
) -> None:
    """Its handshake is broken off; by the authority it was given the same program speaks."""
    liar, own = authority(tmp_path / "liar"), authority(tmp_path / "own")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(liar / "broker-1.pem", liar / "broker-1.key")
    with create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(PATIENCE)
        trusted = own if trusts == "its own" else liar
        home = desk(tmp_path / "home", trusted, f"localhost:{listening.getsockname()[1]}")
        words = [*command(language), "run", "--directory", str(home)]
        with running(words, os.environ | CARELESS):
            came, _address = listening.accept()
            came.settimeout(PATIENCE)
            try:
                with context.wrap_socket(came, server_side=True) as inside:
                    told = inside.recv(1)
            except OSError:
                told = b""

    assert bool(told) == (trusts == "the liar's")
