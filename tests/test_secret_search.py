"""The search finds each kind of secret of a home, and nothing where nothing is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from contracts.encoding import b64u
from services.operate.home.keys import ensure_secret, ensure_signing, write_secret
from services.play.certificates import ca
from tests.secret_search import found_in, secrets_of

SECRET, SIGNING, TLS, TOKEN = (
    "keys/agencies/education.secret",
    "keys/civil/edu-s/edu-s-sig-1.json",
    "tls/education.key",
    "tokens/edu-s",
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """One secret of each kind."""
    ensure_secret(tmp_path / SECRET)
    ensure_signing(tmp_path / SIGNING, "urn:relais:owner:convention", 1_795_514_400)
    ca.ensure_ca(tmp_path / "tls")
    ca.ensure_certificate(tmp_path / "tls", "education")
    write_secret(tmp_path / TOKEN, b64u(os.urandom(32)).encode())
    return tmp_path


def test_a_file_that_leaks_whole_or_in_part_is_found(home: Path) -> None:
    """As it was copied into a layer, or printed, or a line of it by a log that cuts long ones."""
    secrets = secrets_of(home)

    assert set(secrets) == {SECRET, SIGNING, TLS, TOKEN, "tls/ca.key"}  # no certificate
    for label in (SECRET, SIGNING, TLS, TOKEN):
        leak = b"before" + (home / label).read_bytes() + b"\x00\xff and more"
        assert found_in(leak, secrets) == [label]
    assert found_in(b"key=" + (home / TLS).read_bytes().splitlines()[1], secrets) == [TLS]


def test_what_is_public_is_no_secret(home: Path) -> None:
    """Certificates, other keys and chance are not reported."""
    ca.ensure_ca(home / "other")
    names = ("tls/education.pem", "tls/ca.pem")
    data = b"".join((home / name).read_bytes() for name in names) + os.urandom(1 << 20)

    assert found_in(data, secrets_of(home)) == []
    assert found_in((home / "other" / "ca.key").read_bytes(), secrets_of(home)) != []
