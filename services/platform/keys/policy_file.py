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
    signed = read_signed(home, realm)
    if signed is None:
        return None
    return open_policy(*signed, realm, owners.directory, owners.witnesses, owners.policy_from)


def read_signed(home: Path, realm: str) -> tuple[bytes, str] | None:
    """A realm's policy and its signature, as they lie there; None if the home has none.

    Raises:
        ProofError: `policy_not_signed`: one of both cannot be read.
    """
    path, beside = policy_file(home, realm), policy_signature(home, realm)
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
