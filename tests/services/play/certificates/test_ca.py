"""The development authority: readable subjects, private files, renewal in time, clear errors."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contracts.errors import UsageError
from services.operate.home.keys import write_secret
from services.platform.kafka.connection.connection import tls_of
from services.platform.keys.certificate import read_certificate
from services.play.certificates import ca
from tests.shell import invoke, lines_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an authority."""
    ca.ensure_ca(tmp_path / "tls")
    return tmp_path / "tls"


def test_files_are_their_owners_alone(tmp_path: Path) -> None:
    """Nobody else enters the folder, nor a home that was made for it, nor reads a file of it."""
    folder = tmp_path / "home" / "tls"
    ca.ensure_ca(folder)
    ca.ensure_certificate(folder, "broker-1")

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}

    assert set(modes) == {
        "ca.pem", "ca.key", "broker-1.pem", "broker-1.key", "broker-1.keystore.pem",
    }  # fmt: skip
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("age_days", "made_anew"), [(59, False), (61, True), (91, True), (-1, True)]
)
def test_a_certificate_is_renewed_in_its_last_third(
    folder: Path, age_days: int, made_anew: bool
) -> None:
    """Of 90 days the first 60 change nothing; later, or before its time, there is a new one."""
    start = datetime.now(UTC) - timedelta(days=age_days)
    before = read_certificate(ca.renew(folder, "education", days=90, start=start).cert)

    after = read_certificate(ca.ensure_certificate(folder, "education").cert)

    assert (after.serial != before.serial) is made_anew
    assert after.not_before < datetime.now(UTC).timestamp() < after.not_after


def test_what_is_wrong_with_an_authority_is_said(tmp_path: Path) -> None:
    """Missing, malformed and expired are three things, each with what to do."""
    with pytest.raises(UsageError, match=r"ca_missing.*relais keys tls"):
        ca.ensure_certificate(tmp_path, "education")
    ca.ensure_ca(tmp_path)
    key = (tmp_path / "ca.key").read_bytes()
    (tmp_path / "ca.key").unlink()
    with pytest.raises(UsageError, match="key_file_missing"):
        ca.ensure_ca(tmp_path)
    (tmp_path / "ca.key").write_bytes(key)
    with pytest.raises(UsageError, match="key_file_too_open"):
        ca.ensure_ca(tmp_path)
    (tmp_path / "ca.key").chmod(0o600)
    (tmp_path / "ca.pem").write_text("not a certificate")
    with pytest.raises(UsageError, match="ca_malformed"):
        ca.ensure_ca(tmp_path)
    with pytest.raises(UsageError, match=r"certificate_missing.*relais keys tls police"):
        tls_of(tmp_path, "police")


def test_an_expired_authority_signs_nothing(tmp_path: Path) -> None:
    """It says that it has expired and how to make another."""
    now = datetime.now(UTC)
    key = ca.new_key()
    made = ca.authority(key, now - timedelta(days=9), now - timedelta(days=1))
    write_secret(tmp_path / "ca.pem", made)
    write_secret(tmp_path / "ca.key", ca.pem(key))

    with pytest.raises(UsageError, match=r"ca_expired.*move ca.pem"):
        ca.ensure_certificate(tmp_path, "education")


@pytest.mark.parametrize("name", ["", "../x", "a/b", "CN=admin", "Education", "ca", "x,CN=admin"])
def test_a_principal_is_a_name_and_no_path(folder: Path, name: str) -> None:
    """A name becomes a file and a subject: neither can be broken out of."""
    with pytest.raises(UsageError, match="principal_malformed"):
        ca.ensure_certificate(folder, name)


def test_a_command_makes_an_authority_and_certificates(tmp_path: Path) -> None:
    """`keys tls --all` tells what it made; an authority whose key is elsewhere is not replaced."""
    home, pem = ["--home", str(tmp_path), "--format", "json"], tmp_path / "tls" / "ca.pem"

    none = invoke("keys", "tls", *home)
    made = invoke("keys", "tls", "--all", "--shards", "2", *home)
    first = read_certificate(pem)
    (tmp_path / "tls" / "ca.key").unlink()
    refused = invoke("keys", "tls", "education", "--renew", *home)

    rows = lines_of(made.stdout)
    assert {
        "education", "routing-civil-1", "audit-criminal", "owners-civil", "broker-3", "admin",
    } < {row["principal"] for row in rows}  # fmt: skip
    assert {row["issuer"] for row in rows} == {first.principal}
    assert (none.exit_code, refused.exit_code) == (2, 2)
    assert "key_file_missing" in refused.stderr
    assert first.serial == read_certificate(pem).serial
