"""A realm's trust policy in a home: `tlog-policy.<realm>`, and `.jws`, its signature."""

from __future__ import annotations

from pathlib import Path

from contracts.errors import ProofError
from contracts.log.orders.order import Owners
from contracts.proof.policy import MAX_POLICY_BYTES, TrustPolicy
from contracts.proof.signed_policy import open_policy


def policy_file(home: Path, realm: str) -> Path:
    """Where a realm's policy lies."""
    return home / f"tlog-policy.{realm}"


def policy_signature(home: Path, realm: str) -> Path:
    """Where its signature lies."""
    return home / f"tlog-policy.{realm}.jws"


def read_policy(home: Path, realm: str, owners: Owners) -> TrustPolicy | None:
    """The policy of a realm in force; None if the home has none, as before witnesses.

    Raises:
        ProofError: those of `open_policy`.
    """
    return read_policy_file(policy_file(home, realm), realm, owners)


def read_policy_file(path: Path, realm: str, owners: Owners) -> TrustPolicy | None:
    """As `read_policy`, of a file anywhere; `.jws`, its signature, lies beside it."""
    signed = read_signed(path)
    if signed is None:
        return None
    return open_policy(*signed, realm, owners.directory, owners.witnesses, owners.policy_from)


def read_signed(path: Path) -> tuple[bytes, str] | None:
    """A policy and its signature, as they lie there; None if there is no such file.

    Raises:
        ProofError: `policy_not_signed`: one of both cannot be read.
    """
    beside = path.with_name(f"{path.name}.jws")
    if not path.exists():
        return None
    try:
        with path.open("rb") as file:
            data = file.read(MAX_POLICY_BYTES + 1)
        with beside.open("rb") as file:
            token = file.read(MAX_POLICY_BYTES + 1).decode("ascii").strip()
    except (OSError, UnicodeDecodeError):
        raise ProofError("policy_not_signed", "no signature", beside.name) from None
    return data, token
