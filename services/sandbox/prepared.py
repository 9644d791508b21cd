"""What a sandbox begins with: a home's keys, convention and directories, adopted in memory."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import partial
from typing import Final

from contracts.errors import UsageError
from contracts.log.orders import Registry
from contracts.vocabulary.scopes import REALMS
from services.agency.agency_keys import build_agency
from services.agency.office.office import Office
from services.agency.trade import trade_of
from services.operate.home.first_orders import new_orders
from services.operate.home.home import Home
from services.operate.home.keys import write_secret
from services.platform.kafka.control import signed_values
from services.platform.keys.keystore import router_keys
from services.platform.keys.owners import FILE as OWNERS_FILE
from services.platform.process.clock import FileClock
from services.sandbox.faults import FaultyFederation
from services.texts import Catalogue

_ = Catalogue(__name__)

MARK: Final = "sandbox"  # a file that only homes of sandboxes have
WEEKS: Final = 9  # that keys last, and so how far the clock can be moved


def made_ready(home: Home, clock: FileClock) -> FaultyFederation:
    """Every agency of a home over topics in which nothing lies yet.

    The home's keys and tokens stay from one sandbox to the next; its clock begins anew.

    Raises:
        UsageError: `home_in_earnest`: the home is another federation's.
    """
    mark = home.path / MARK
    if not mark.exists():
        if (home.path / OWNERS_FILE).exists():
            got, expected = _("another federation's home"), _("a folder of its own")
            raise UsageError("home_in_earnest", got, expected, str(home.path))
        write_secret(mark, b"")
    clock.path.unlink(missing_ok=True)
    at = clock.now()
    home.prepare(at, WEEKS)
    registries = {realm: _begun(home, realm, at) for realm in REALMS}
    keys = partial(router_keys, home.keys)
    federation = FaultyFederation(registries, keys, clock, secrets.token_bytes)
    for name, partners in home.agencies.items():
        if partners:
            federation.join(_office(home, name, registries, at))
    return federation


def _begun(home: Home, realm: str, at: int) -> Registry:
    registry = Registry(realm, home.owners)
    for new in new_orders(home, registry, shards=1):
        signed_values(registry, new, at)
    return registry


def _office(home: Home, name: str, registries: Mapping[str, Registry], at: int) -> Office:
    own = {
        realm: registry
        for realm, registry in registries.items()
        if any(row.agency == name for row in home.directory(realm).desks.values())
    }
    served = {partner.desk for partner in home.partners}
    return Office(build_agency(home.keys, name, trade_of(name), own, at, served))
