"""An agency's desks with the keys that its folder holds."""

from __future__ import annotations

from collections.abc import Container, Mapping
from pathlib import Path

import structlog

from contracts.log.orders.registry import Registry
from contracts.vocabulary.schema import desk_urn, short
from services.agency.office.sending.identity import Agency
from services.agency.trade import Trade
from services.platform.keys import keystore

log = structlog.get_logger("relais.agency")


def build_agency(
    keys: Path,
    agency: str,
    trade: Trade,
    registries: Mapping[str, Registry],
    at: int,
    served: Container[str],
) -> Agency:
    """The agency's desks by the directories in force, with keys; without outside keepers.

    Args:
        keys: folder of all keys (`keystore.py`).
        registries: realm -> what control has said, of those on which it acts.
        served: short ids of desks that have a token here, and so must have keys here.

    Raises:
        UsageError: a key or secret cannot be read.
    """
    listed = _listed(agency, registries, at)
    own = [one for one in listed if one[1] in served or keys.joinpath(*one).exists()]
    for _realm, name in sorted(set(listed) - set(own)):
        log.warning("not served", desk=name, why="it has neither keys nor a token here")
    return Agency(
        name=agency,
        desks=tuple(sorted({desk for _, desk in own})),
        signers={desk_urn(*one): keystore.desk_signers(keys, *one) for one in own},
        rings={desk_urn(*one): keystore.desk_ring(keys, *one) for one in own},
        secret=keystore.agency_secret(keys, agency),
        routing={realm: keystore.routing_secret(keys, realm) for realm in registries},
        registries=dict(registries),
        intake=trade.intake,
        describe=trade.words.arrival,
    )


def kept_desks(
    keys: Path, agency: str, registries: Mapping[str, Registry], at: int
) -> frozenset[str]:
    """Urns of an agency's desks by the directories in force, of those whose keys lie here now."""
    listed = _listed(agency, registries, at)
    return frozenset(desk_urn(*one) for one in listed if keys.joinpath(*one).exists())


def _listed(agency: str, registries: Mapping[str, Registry], at: int) -> list[tuple[str, str]]:
    """Realm and short id of each of an agency's desks, by the directories in force."""
    return [
        (realm, short(row.desk))
        for realm, registry in registries.items()
        for row in registry.directories[registry.in_force(at)[1]].desks.values()
        if row.agency == agency
    ]
