"""What a sandbox begins with: a home's keys, convention and directories, adopted in memory; of Pydantic's forms which are built first."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final, get_args

import orjson
from pydantic import BaseModel

from contracts.errors import UsageError
from contracts.log.orders.registry import Registry
from contracts.log.orders.succession import (
    DAY_S,
    OVERLAP_DAYS,
    SUCCESSION,
    sign_consent,
    succession,
)
from contracts.vocabulary.schema import desk_urn
from contracts.vocabulary.scopes import CIVIL, REALMS
from services.agency.agency_keys import build_agency
from services.agency.office.office import Office
from services.agency.trade import trade_of
from services.operate.home.first_orders import new_orders
from services.operate.home.home import Home
from services.operate.home.keys import write_secret
from services.operate.home.partners import FILE as PARTNERS
from services.operate.home.partners import Partner
from services.platform.kafka.orders.new_orders import NewOrder, signed_values
from services.platform.keys.keystore import desk_signers, router_keys
from services.platform.keys.owners import FILE as OWNERS_FILE
from services.platform.process.clock import FileClock, set_to
from services.sandbox.faults import FaultyFederation

MARK: Final = "sandbox"  # a file that only homes of sandboxes have
EARLIER_S: Final = 5 * 86_400  # than now its log begins: some terms have gone by
CLOSED: Final = {  # agency -> a desk of it that ends, and is split among the others of its role
    "child_welfare": Partner("home-old", "HOME", {"fr": "Lieu d'accueil fermé", "en": "Closed home"}),
    "education": Partner("edu-h-old", "EDU-H", {"fr": "Chef du collège fermé", "en": "Head of the closed school"}),
}  # fmt: skip
WEEKS: Final = 9  # that keys last, and so how far the clock can be moved


def made_ready(home: Home, clock: FileClock, full: str) -> FaultyFederation:
    """Every agency of a home over topics in which nothing lies yet.

    The home's keys and tokens stay from one sandbox to the next; its clock begins anew, `EARLIER_S` ago.

    Args:
        full: the agency whose inboxes are to be filled: it gets its desk that ends; empty: none.

    Raises:
        UsageError: `home_in_earnest`: the home is another federation's.
    """
    mark = home.path / MARK
    if not mark.exists():
        if (home.path / OWNERS_FILE).exists():
            got, expected = "another federation's home", "a folder of its own"
            raise UsageError("home_in_earnest", got, expected, str(home.path))
        write_secret(mark, b"")
    clock.path.unlink(missing_ok=True)
    at = set_to(clock.path, int(time.time()) - EARLIER_S)
    if full in CLOSED:
        _list(home, CLOSED[full])
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
    for desk in (one for one in CLOSED.values() if realm == CIVIL and one in home.partners):
        signed_values(registry, _end(home, desk, registry, at), at)
    return registry


def _list(home: Home, desk: Partner) -> None:
    """Name a desk among the home's partners."""
    path = home.path / PARTNERS
    known = orjson.loads(path.read_bytes()) if path.exists() else []
    if desk.desk not in {row["desk"] for row in known}:
        write_secret(path, orjson.dumps([*known, desk._asdict()]))


def _end(home: Home, desk: Partner, registry: Registry, at: int) -> NewOrder:
    """The owners' order by which a desk ends from an instant on, with its own consent."""
    _convd, dird = registry.in_force(at)
    signer = desk_signers(home.keys, CIVIL, desk.desk).valid(registry.directories[dird], at)[0]
    others = (one.desk for one in home.partners if one.role == desk.role and one != desk)
    heirs = [desk_urn(CIVIL, one) for one in others]
    urn, until = desk_urn(CIVIL, desk.desk), at + OVERLAP_DAYS[1] * DAY_S
    consent = sign_consent(CIVIL, succession(urn, heirs, until), at, signer)
    keeper = [home.owner("directory")]
    return NewOrder(SUCCESSION, succession(urn, heirs, until, consent), keeper)


def _office(home: Home, name: str, registries: Mapping[str, Registry], at: int) -> Office:
    own = {
        realm: registry
        for realm, registry in registries.items()
        if any(row.agency == name for row in home.directory(realm).desks.values())
    }
    served = {partner.desk for partner in home.partners}
    office = Office(build_agency(home.keys, name, trade_of(name), own, at, served))
    office.succeed(at)
    return office


def build_parts(models: Iterable[type[BaseModel]]) -> None:
    """Build what models hold: a form refers to one that is built, and else has a copy of its own (3 MB)."""
    for model in models:
        for part in _parts(model):
            if not part.__pydantic_complete__:
                part.model_rebuild()


def _parts(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Every model within a model, the innermost first."""
    for field in model.model_fields.values():
        for part in _named(field.annotation):
            yield from _parts(part)
            yield part


def _named(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models that an annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _named(argument)
