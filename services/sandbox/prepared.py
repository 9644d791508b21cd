"""What a sandbox begins with: a home, adopted in memory, and a few arrivals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import product
from typing import Final

from contracts.errors import RelaisError
from contracts.log.orders.registry import Registry
from contracts.vocabulary.schema import short
from contracts.vocabulary.scopes import REALMS
from services.agency.agency_keys import build_agency
from services.agency.desk.situations import has_clause
from services.agency.office.office import Office
from services.agency.office.requests.desk_request import DeskRequest
from services.agency.trade import trade_of
from services.operate.home.first_orders import new_orders
from services.operate.home.home import Home
from services.operate.home.keys import write_secret
from services.operate.home.lock import MARK
from services.platform.http.problems import ProblemError
from services.platform.kafka.orders.new_orders import signed_values
from services.platform.keys.keystore import router_keys
from services.platform.ports import now, random_bytes
from services.platform.process.clock import FileClock, set_to
from services.platform.process.paris_time import paris_offset
from services.sandbox.answering import AnsweringFederation
from services.sandbox.records import synthetic_record

WEEKS: Final = 9  # that keys last, and so how far the clock can be moved
ALERTS: Final = ("information_preoccupante", "minor_information")
CALLED_S: Final = 3600  # before it was written: the call that came first


def made_ready(home: Home, clock: FileClock, tested: str, *, empty: bool) -> AnsweringFederation:
    """Every agency of a home over topics in which nothing lies but, if not empty, first arrivals.

    The home's keys and tokens stay from one sandbox to the next; its clock begins anew.
    """
    write_secret(home.path / MARK, b"")
    clock.path.unlink(missing_ok=True)
    at = set_to(clock.path, now())
    home.prepare(at, WEEKS)
    registries = {realm: Registry(realm, home.owners) for realm in REALMS}
    for registry in registries.values():
        for new in new_orders(home, registry, shards=1):
            signed_values(registry, new, at)
    keys = partial(router_keys, home.keys)
    federation = AnsweringFederation(tested, registries, keys, clock.now, random_bytes)
    run = random_bytes(8).hex()  # no cursor and no id of a webhook is taken for an earlier run's
    served = {partner.desk for partner in home.partners}
    for name, partners in home.agencies.items():
        roles = [home.convention.roles[partner.role] for partner in partners]
        own = {realm: registries[realm] for role in roles for realm in role.realms}
        if partners:
            trade = trade_of(name)
            agency = build_agency(home.keys, name, trade, own, at, served)
            federation.join(Office(replace(agency, run=run)))
    federation.settle()  # each partition's log begins
    if not empty:
        _fill(federation, at)
    return federation


def _fill(federation: AnsweringFederation, at: int) -> None:
    """File an alert of each tested desk, then what others may send it, in a case that they know."""
    own = federation.offices[federation.tested].agency
    today = datetime.fromtimestamp(at, UTC).date()

    def file(agency: str, desk: str, kind: str, **more: str) -> bool:
        record = synthetic_record(agency, kind, "Exemple", today) | more
        if kind == "contribution_request":
            del record["due"]  # whoever answers reads one day: the convention's
        if "call" in record:
            wall, offset = paris_offset(at - CALLED_S)
            record["call"]["at"] = wall.isoformat() + offset
        try:
            return bool(federation.request(DeskRequest(desk, "record", record)).events)
        except (RelaisError, ProblemError):
            return False  # it answers something that never was

    kinds = trade_of(own.name).kinds
    alerts = [
        (desk, kind)
        for desk, kind in product(own.desks, ALERTS)
        if kind in kinds and has_clause(kinds[kind], own.book(at).role(desk), own, at)
    ]
    for number, (desk, kind) in enumerate(alerts, 1):
        file(own.name, desk, kind, reference=f"EXEMPLE-{number}")
    federation.route_all()
    roles = {own.book(at).role(desk) for desk in own.desks}
    for name in federation.others:
        federation.read_inboxes(name)
        office = federation.offices[name]
        for desk, kind in _unasked(office, roles, at):
            came = office.view(desk).names.events.values()
            cases = {one.case for one in came if short(one.iss) in own.desks}
            filed = [file(name, desk, kind, case=one, reference=f"{kind} {one}") for one in cases]
            if not any(filed):
                file(name, desk, kind)


def _unasked(office: Office, roles: set[str], at: int) -> Iterator[tuple[str, str]]:
    """A desk and a kind of record, for each kind that becomes an event for one of the roles."""
    desks = {office.agency.book(at).role(desk): desk for desk in reversed(office.agency.desks)}
    for kind, model in trade_of(office.agency.name).kinds.items():
        if any(roles & set(event.to) for event in model.events_of_kind()):
            senders = [desks[role] for role in desks if not model.roles or role in model.roles]
            yield from ((desk, kind) for desk in senders[:1])
