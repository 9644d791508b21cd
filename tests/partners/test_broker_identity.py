"""A partner speaks to brokers of its own authority alone, whatever stands in its environment."""

from __future__ import annotations

import os
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_server
from typing import Final

import pytest
from cryptography import x509

from contracts.vocabulary import principals
from services.operate.joining.request import certificate_request
from services.platform.process.tether import tethered
from services.play.certificates.ca import certify, ensure_ca, ensure_certificate
from tests.contracts.envelope import kit
from tests.partners.home import command, write_home
from tests.partners.test_offline import LANGUAGES
from tests.patience import PATIENCE
from tests.vectors.specification.federation import KEYS, public_jwk

# What is set to get at some other server of a test, and forgotten.
CARELESS: Final = {"NODE_TLS_REJECT_UNAUTHORIZED": "0", "PYTHONHTTPSVERIFY": "0"}

pytestmark = pytest.mark.slow


def authority(folder: Path) -> Path:
    """An authority with a broker's certificate."""
    folder.mkdir()
    ensure_ca(folder)
    ensure_certificate(folder, "broker-1")
    return folder


def desk(folder: Path, trusted: Path, kafka: str) -> Path:
    """The folder of a desk that trusts an authority and is told where brokers are."""
    urn, keeper = kit.realm().urn("crip"), public_jwk(KEYS.keeper)
    home = write_home(folder, urn, KEYS.token, keeper, [], agency="child_welfare", kafka=kafka)
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
