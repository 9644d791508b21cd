"""What a federation consists of: its plan, and every process with its port, settings and rights.

A process is known everywhere by one name: as service, as log file and, under TLS, as the subject of
its certificate (`contracts.vocabulary.principals`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import httpx

from contracts.errors import UsageError
from contracts.vocabulary import principals
from contracts.vocabulary.principals import CONSOLE
from contracts.vocabulary.scopes import AHEAD_WEEKS, CIVIL, REALMS
from services.agency.folders import PARTNER, agencies
from services.console.settings import ConsoleSettings
from services.operate.cleaned import cleaned_after
from services.operate.home.folder import HomeFolder
from services.operate.home.home import Home
from services.operate.home.partners import Partner
from services.operate.status.ask import AUDIT
from services.platform.settings import (
    AgencySettings,
    AuditSettings,
    RoutingSettings,
    ServiceSettings,
    environment,
    load,
)
from services.play.kafka import brokers, ports
from services.play.run.supervisor import Program, Ready

HOST: Final = "127.0.0.1"


@dataclass(frozen=True)
class Plan:
    """What to launch.

    Attributes:
        shards: of the civil realm's routing; the criminal one, with its two clauses, has one.
        start: seconds to which the clock is moved when the home is new; None: the real time.
        weeks: that keys cover.
        nodes: of Kafka.
        tls: whether everybody shows a certificate to Kafka and has its own rights alone.
    """

    shards: int = 1
    start: int | None = None
    weeks: int = AHEAD_WEEKS
    nodes: int = 1
    tls: bool = False

    def shards_of(self, realm: str) -> int:
        """Number of routing processes of a realm."""
        return self.shards if realm == CIVIL else 1

    @property
    def shard_names(self) -> dict[str, tuple[str, int]]:
        """Name of a routing process -> realm and number."""
        return {
            principals.routing(realm, shard): (realm, shard)
            for realm in REALMS
            for shard in range(self.shards_of(realm))
        }

    @property
    def audit_names(self) -> dict[str, tuple[str, ...]]:
        """Name of an auditing process -> its realms: one alone where rights are kept apart."""
        if self.tls:
            return {principals.audit(realm): (realm,) for realm in REALMS}
        return {AUDIT: REALMS}


def chosen(
    home: Path, *, shards: int | None = None, nodes: int | None = None, tls: bool | None = None
) -> Plan:
    """What is asked for, else what the home had last, else one shard and one plain node.

    Raises:
        UsageError: `home_has_other_kafka`: Kafka's data is not spread anew, a plain node knows no
            rights, and one that runs goes on as it was started.
    """
    kafka, routers = brokers.status(home / "kafka"), principals.routing(CIVIL, 0).rstrip("0")
    had = sum(name.startswith(routers) for name in HomeFolder(home).addresses)
    before = Plan(had or 1, nodes=len(kafka.nodes) or 1, tls=kafka.tls is not None)
    asked: dict[str, Any] = {"shards": shards, "nodes": nodes, "tls": tls}
    plan = replace(before, **{name: one for name, one in asked.items() if one is not None})
    fixed = before.nodes == 1 or kafka.pids
    if kafka.nodes and (plan.nodes != before.nodes or (fixed and plan.tls != before.tls)):
        got = f"Kafka's data with --nodes {before.nodes}, TLS: {before.tls}"
        expected = "no --nodes or --tls here; for another Kafka, another --home"
        raise UsageError("home_has_other_kafka", got, expected, str(home))
    return plan


@dataclass(frozen=True)
class Service:
    """One process of the federation.

    Attributes:
        name: also the principal under TLS.
        role: of `python -m services.ROLE`.
        desks: short ids, of an agency.
    """

    name: str
    role: str
    port: int
    settings: ServiceSettings
    desks: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """Where it answers HTTP."""
        return f"http://{HOST}:{self.port}"


def plan_services(home: Home, bootstrap: str, plan: Plan) -> tuple[Service, ...]:
    """Every process but Kafka, with its port and settings."""
    port, cleaned_s = _ports(home, plan), cleaned_after(home.path)

    def common(name: str) -> dict[str, Any]:
        return {
            "kafka": bootstrap, "home": home.path, "clock_file": home.clock, "play": True,
            "http_port": port[name], **_certificate(home, plan, name),
        }  # fmt: skip

    services = []
    logs = {
        realm: f"http://{HOST}:{port[name]}/log"
        for name, realms in plan.audit_names.items()
        for realm in realms
    }
    for name, desks in home.agencies.items():
        agency = load(
            AgencySettings, agency=name, realms=_realms(home, desks), logs=logs,
            cleaned_s=cleaned_s, **common(name),
        )  # fmt: skip
        ids = tuple(partner.desk for partner in desks)
        role = name if name in agencies() else PARTNER
        services.append(Service(name, role, port[name], agency, ids))
    for name, (realm, shard) in plan.shard_names.items():
        routing = load(
            RoutingSettings, realm=realm, shard=shard, cleaned_s=cleaned_s, **common(name)
        )
        services.append(Service(name, "routing", port[name], routing))
    witnesses = {
        service.name: f"{service.url}/witness"
        for service in services
        if service.name in home.agencies
    }
    for name, realms in plan.audit_names.items():
        audit = load(AuditSettings, realms=realms, witnesses=witnesses, **common(name))
        services.append(Service(name, "audit", port[name], audit))
    seen = load(ConsoleSettings, **common(CONSOLE))
    services.append(Service(CONSOLE, CONSOLE, port[CONSOLE], seen))
    return tuple(services)


def program(service: Service, client: httpx.AsyncClient) -> Program:
    """How a service is started, and when it is ready."""
    command = (sys.executable, "-m", f"services.{service.role}")
    ready = answering(client, f"{service.url}/ready")
    return Program(service.name, command, environment(service.settings), ready)


def answering(client: httpx.AsyncClient, url: str) -> Ready:
    """Asks whether a page is answered with 200."""

    async def ready() -> bool:
        try:
            return (await client.get(url)).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    return ready


def _ports(home: Home, plan: Plan) -> dict[str, int]:
    names = [*home.agencies, *plan.shard_names, *plan.audit_names, CONSOLE]
    known = {
        name: int(str(url).rpartition(":")[2])
        for name, url in home.addresses.items()
        if name in names
    }
    return ports.choose(names, known)


def _certificate(home: Home, plan: Plan, name: str) -> dict[str, Path]:
    if not plan.tls:
        return {}
    own = home.certificate(name)
    return {"tls_ca": own.ca, "tls_cert": own.cert, "tls_key": own.key}


def _realms(home: Home, desks: Iterable[Partner]) -> tuple[str, ...]:
    """The buses on which an agency's desks are: police and the prosecutor on both."""
    acting = {realm for desk in desks for realm in home.convention.roles[desk.role].realms}
    return tuple(realm for realm in REALMS if realm in acting)
