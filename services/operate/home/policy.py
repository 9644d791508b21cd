"""The trust policies of a home's realms, and the keys that they name: made with it, never lowered.

All agencies watch both realms: what they learn of a log is its size and when it grew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from contracts.errors import ProofError, UsageError
from contracts.keys.keyring import Signer
from contracts.proof.checkpoint import origin_of
from contracts.proof.note_keys import NoteKey, NoteSigner, SignatureKind, log_signers
from contracts.proof.signed_policy import (
    policy_text,
    sign_policy,
    usual_quorum,
)
from contracts.vocabulary.scopes import REALMS
from services.operate.home.keys import ensure_secret, write_secret
from services.platform.keys.owners import FILE as OWNERS_FILE
from services.platform.keys.owners import read_owners, with_policy
from services.platform.keys.policy_file import policy_file, policy_signature, read_policy
from services.platform.keys.private_files import read_secret

INSTANCE: Final = "local"  # of the federations that are made here; in earnest a name of their own


def prepare_policies(
    home: Path, agencies: Iterable[str], partitions: int, at: int, owner: Signer
) -> None:
    """Make what is missing of the realms' policies and their keys; if one is signed anew, all are.

    The owners' file pins first when: a policy that this one takes the place of is not in force any
    more.

    Args:
        agencies: who runs a witness.
        partitions: of each realm, a log each.
        at: the federation's time, seconds.
        owner: the keeper of the directory.

    Raises:
        ProofError: the policy that is there is none that its owners signed.
    """
    keys = home / "keys"
    witnesses = {name: _witness(keys, name) for name in agencies}
    least = usual_quorum(len(witnesses))
    texts = {}
    for realm in REALMS:
        secret = read_secret(keys / realm / "log.secret")
        origins = [origin_of(INSTANCE, realm, number) for number in range(partitions)]
        logs = [signer.key for origin in origins for signer in log_signers(secret, origin)]
        texts[realm] = policy_text(logs, witnesses, least)
    if not _stand(home, texts):
        _sign(home, texts, at, owner)


def _stand(home: Path, texts: Mapping[str, bytes]) -> bool:
    """Whether these are the policies in force; not, if a start was cut off as it signed them."""
    owners = read_owners(home)
    for realm, text in texts.items():
        file = policy_file(home, realm)
        if not file.exists() or file.read_bytes() != text:
            return False
        try:
            read_policy(home, realm, owners)
        except ProofError as error:
            if error.code != "policy_superseded":
                raise
            return False
    return True


def _sign(home: Path, texts: Mapping[str, bytes], at: int, owner: Signer) -> None:
    at = max(at, read_owners(home).policy_from + 1)  # later than those whose place they take
    pinned = home / OWNERS_FILE
    write_secret(pinned, with_policy(pinned.read_bytes(), policy_from=at))
    for realm, text in texts.items():
        token = sign_policy(text, realm, at, owner).encode()
        write_secret(policy_signature(home, realm), token)  # no secrets, but written in one step
        write_secret(policy_file(home, realm), text)


def _witness(keys: Path, agency: str) -> NoteKey:
    seed = ensure_secret(keys / "agencies" / f"{agency}.witness")
    return NoteSigner(f"relais.{INSTANCE}/{agency}", SignatureKind.COSIGNATURE, seed).key


def pin_quorum(home: Path, agencies: int) -> None:
    """Write into the owners' file how many witnesses are the least, if it says fewer.

    Raises:
        UsageError: `quorum_lowered`: fewer agencies than before; an owner lowers it by hand.
    """
    least = usual_quorum(agencies)
    file, pinned = home / OWNERS_FILE, read_owners(home).witnesses
    if pinned > least:
        got, expected = str(least), f"at least {pinned}, as pinned"
        raise UsageError("quorum_lowered", got, expected, str(file))
    if pinned < least:
        write_secret(file, with_policy(file.read_bytes(), witnesses=least))
