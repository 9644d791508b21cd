"""How an agency becomes a witness: by its key, and by the trust policies that the owners have signed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog

from contracts.errors import ProofError
from contracts.proof.note_keys import NoteKey, NoteSigner, SignatureKind
from contracts.proof.policy import TrustPolicy
from contracts.vocabulary.scopes import REALMS
from services.agency.witness import LogWitness
from services.platform.keys import keystore
from services.platform.keys.owners import read_owners
from services.platform.keys.policy_file import read_policy
from services.platform.process.clock import Clock
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.settings import AgencySettings

NO_WITNESS: Final = "no_witness"  # the code of a warning

log = structlog.get_logger("relais.agency")


def witness_of(
    settings: AgencySettings, clock: Clock, metrics: Metrics, health: ServiceHealth
) -> LogWitness | None:
    """The agency's witness; None, told of, if no policy is there or none that may be believed.

    An agency's own work goes on without: what is missing then is a cosignature.

    Raises:
        UsageError: its key cannot be read.
    """
    try:
        owners = read_owners(settings.home)
        policies = [read_policy(settings.home, realm, owners) for realm in REALMS]
        signer = _signer(settings, [policy for policy in policies if policy is not None])
    except ProofError as error:
        log.warning("no witness", code=error.code)
        health.warnings.add(NO_WITNESS)
        return None
    logs: dict[str, list[NoteKey]] = {}
    for key in (key for policy in policies if policy is not None for key in policy.logs):
        logs.setdefault(key.name, []).append(key)
    folder = settings.state_dir / f"witness-{settings.agency}"
    witness = LogWitness(folder, signer, logs, clock)
    witness.watch(metrics, health)
    return witness


def _signer(settings: AgencySettings, policies: Sequence[TrustPolicy]) -> NoteSigner:
    """The agency's own key, which all policies name."""
    named = [policy.witnesses.get(settings.agency) for policy in policies]
    if not named or (key := named[0]) is None or any(other != key for other in named):
        raise ProofError("not_in_policy", "no key", "one key of this agency in each policy")
    seed = keystore.witness_secret(settings.keys_dir, settings.agency)
    signer = NoteSigner(key.name, SignatureKind.COSIGNATURE, seed)
    if signer.key != key:
        raise ProofError("witness_key_differs", "another key", "the policy's")
    return signer
