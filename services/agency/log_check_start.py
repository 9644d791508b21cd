"""How an agency comes to follow the logs of its realms: by the addresses it was given, and the owners' trust policies."""

from __future__ import annotations

import structlog

from contracts.errors import ProofError
from contracts.proof.policy import TrustPolicy
from services.agency.loops.log_check import NOT_FOLLOWED, FollowedLog, LogCheck
from services.platform.keys.owners import read_owners
from services.platform.keys.policy_file import read_policy
from services.platform.process.metrics import Metrics
from services.platform.process.progress import ServiceHealth
from services.platform.settings import AgencySettings
from services.platform.tree.log_mirror import logs_of
from services.platform.tree.published_log import LogBelow, LogFiles, LogOverHttp, open_files

log = structlog.get_logger("relais.agency")


def log_check_of(settings: AgencySettings, metrics: Metrics, health: ServiceHealth) -> LogCheck:
    """What follows the logs: of a realm without an address none, nor, told of, without a policy to be believed.

    Raises:
        UsageError: the owners' file cannot be read.
    """
    places = {realm: settings.logs[realm] for realm in settings.realms if realm in settings.logs}
    if not places:
        log.warning("no log is followed", expected="RELAIS_LOGS")
    logs, connections = list[FollowedLog](), list[LogOverHttp]()
    for realm, place in places.items():
        policy = _policy(settings, realm)
        if policy is None:
            health.warnings.add(f"{NOT_FOLLOWED}_{realm}")
            metrics.log_check.labels(realm, NOT_FOLLOWED).set(1)
            continue
        files = open_files(place)
        logs += _followed(settings, realm, files, policy)
        connections += [files] if isinstance(files, LogOverHttp) else []
    return LogCheck(
        logs, settings.clock(), metrics, health, settings.log_term_s, settings.log_look_s,
        connections,
    )  # fmt: skip


def _policy(settings: AgencySettings, realm: str) -> TrustPolicy | None:
    """A realm's policy; None, told of, without one to be believed."""
    try:
        policy = read_policy(settings.home, realm, read_owners(settings.home))
        code = "no_policy"
    except ProofError as error:
        policy, code = None, error.code
    if policy is None:
        log.error("no log is followed", realm=realm, code=code)
    return policy


def _followed(
    settings: AgencySettings, realm: str, files: LogFiles, policy: TrustPolicy
) -> list[FollowedLog]:
    """Each log of a realm that the policy names."""
    kept = settings.state_dir / f"mirror-{settings.agency}"
    return [
        FollowedLog(realm, origin, kept / name, policy, LogBelow(files, name))
        for name, origin in logs_of(policy, realm).items()
    ]
