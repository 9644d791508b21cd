"""The search finds each kind of secret of a home, and nothing where nothing is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from contracts.encoding import b64u
from services.operate.home.keys import ensure_secret, ensure_signing, write_secret
from services.play.certificates import ca
from tests.secret_search import Secrets, found_in, secrets_of

SECRET, SIGNING, TLS, TOKEN = (
    "keys/agencies/education.secret",
    "keys/civil/edu-s/edu-s-sig-1.json",
    "tls/education.key",
    "tokens/edu-s",
)
BEHIND = b"\x00\xff and more"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """One secret of each kind."""
    ensure_secret(tmp_path / SECRET)
    ensure_signing(tmp_path / SIGNING, "urn:relais:owner:convention", 1_795_514_400)
    ca.ensure_ca(tmp_path / "tls")
    ca.ensure_certificate(tmp_path / "tls", "education")
    write_secret(tmp_path / TOKEN, b64u(os.urandom(32)).encode())
    return tmp_path


@pytest.fixture
def secrets(home: Path) -> Secrets:
    """What is looked for."""
    return secrets_of(home)


def test_every_secret_file_is_known(secrets: Secrets) -> None:
    """Private keys of all kinds, secrets and tokens; no certificate, which is public."""
    assert set(secrets) == {SECRET, SIGNING, TLS, TOKEN, "tls/ca.key"}


@pytest.mark.parametrize("label", [SECRET, SIGNING, TLS, TOKEN])
def test_a_file_that_leaks_whole_is_found(home: Path, secrets: Secrets, label: str) -> None:
    """As it was copied into a layer, or printed."""
    assert found_in(b"before" + (home / label).read_bytes() + BEHIND, secrets) == [label]


def test_one_line_of_a_private_key_is_enough(home: Path, secrets: Secrets) -> None:
    """A log cuts long lines."""
    line = (home / TLS).read_bytes().splitlines()[1]

    assert found_in(b"key=" + line, secrets) == [TLS]


def test_what_is_public_is_no_secret(home: Path, secrets: Secrets) -> None:
    """Certificates, other keys and chance are not reported."""
    ca.ensure_ca(home / "other")
    public = (home / "tls" / "education.pem").read_bytes() + (home / "tls" / "ca.pem").read_bytes()

    assert found_in(public, secrets) == []
    assert found_in((home / "other" / "ca.key").read_bytes() + os.urandom(1 << 20), secrets) == []
