"""A desk ends and others follow it: what owners prepare, and their order (log §6.4).

First the next directory, which lists the desk and its heirs, with the keys of an heir that is new
here; then the order, with the consent of the desk that ends. Killed between two of these it is run
again and ends well: what control has is not ordered twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from contracts.encoding import parse_json, unb64u
from contracts.errors import EnvelopeError, UsageError
from contracts.keys.directory import DeskEntry, Directory
from contracts.keys.keyring import Signer
from contracts.log.orders.registry import Registry
from contracts.log.orders.succession import DAY_S, SUCCESSION, sign_consent, succession
from contracts.vocabulary.schema import desk_urn, short
from contracts.vocabulary.scopes import REALMS
from services.operate.home import keys as making
from services.operate.home.first_orders import directory_orders
from services.operate.home.home import Home
from services.operate.home.key_life import STOLEN, signers_of_term
from services.operate.home.owners_bus import OwnersBus
from services.operate.home.partners import FILE as PARTNERS
from services.operate.home.partners import is_name
from services.platform.kafka.orders.new_orders import NewOrder
from services.platform.keys.keystore import FORMERLY, former_name
from services.platform.process.durable_file import write_durably

LEAD_S: Final = 10  # until the orders hold: by then all services have read both
MOST_BYTES: Final = 1 << 14  # of a consent


@dataclass(frozen=True, slots=True)
class DeskEnd:
    """What is to be ordered: a desk that ends, and its heirs, by short ids.

    Attributes:
        days: that mail for it is still delivered to it.
        gone: it cannot consent any more.
        consent: the desk's own, of one whose keys lie elsewhere; what it says of heirs and instants
            holds.
    """

    realm: str
    desk: str
    heirs: tuple[str, ...]
    days: int
    gone: bool = False
    consent: bytes = b""

    @property
    def urn(self) -> str:
        """The desk's."""
        return desk_urn(self.realm, self.desk)

    @property
    def urns(self) -> list[str]:
        """The heirs'."""
        return [desk_urn(self.realm, heir) for heir in self.heirs]


@dataclass(frozen=True, slots=True)
class OrderedEnd:
    """What stands on control.

    Attributes:
        order: number of the order; 0: it stood there before.
        start, until: instants, seconds.
    """

    order: int
    start: int
    until: int


def make_heir(
    home: Home, realm: str, old: str, new: str, label: Mapping[str, str], at: int, weeks: int
) -> None:
    """Make a desk that takes over a name, role and cases: keys, token, next directory.

    One that asked to join by keys of its own (`relais partner answer`) is only listed.

    Args:
        label: its name by language; empty: the old desk's.
        at: the federation's time, seconds.
        weeks: that its encryption keys cover.

    Raises:
        UsageError: `desk_unknown`, `desk_malformed`, `heir_listed`, `keys_elsewhere`.
    """
    if not is_name(new):
        expected = "a small letter, then letters, digits and hyphens: at most 41"
        raise UsageError("desk_malformed", "another name", expected)
    row = _listed(home, realm, old)
    if home.outside_file(realm, new).exists():
        return
    if not _is_begun(home, realm, old, new) and _is_taken(home, new):
        expected = "a new name, or the same without `--new`"
        raise UsageError("heir_listed", "a desk that there is", expected, new)
    if old not in {partner.desk for partner in home.partners}:
        expected = "`relais partner new` and `answer` for the new desk first"
        raise UsageError("keys_elsewhere", "a desk that keeps its keys itself", expected, old)
    for bus in (bus for bus in REALMS if (home.keys / bus / old).is_dir()):
        path = home.keys / bus / new / FORMERLY
        if not path.exists():
            making.write_secret(path, former_name(home.keys, bus, old).encode())
    if new not in {partner.desk for partner in home.partners}:
        _add_partner(home.path / PARTNERS, new, row.role, dict(label) or dict(row.label))
    Home(home.path).prepare(at, weeks)


def list_heirs(home: Home, ended: DeskEnd, at: int, weeks: int) -> Directory:
    """The home's directory, signed anew if it lacks one of the desks.

    Raises:
        UsageError: `desk_unknown`, `heir_unknown`, `heir_is_desk`, `heir_other_role`.
    """
    role = _listed(home, ended.realm, ended.desk).role
    roles = {short(row["desk"]): row["role"] for row in home.outside(ended.realm)}
    roles |= {partner.desk: partner.role for partner in Home(home.path).partners_of(ended.realm)}
    for heir in ended.heirs:
        if heir not in roles:
            expected = "a desk of this bus; a new one by `--new` or `relais partner new`"
            raise UsageError("heir_unknown", "none of the directory", expected, heir)
        if heir == ended.desk:
            raise UsageError("heir_is_desk", "the desk that ends", "another desk", heir)
        if roles[heir] != role:
            same = f"a desk of role {role}"
            raise UsageError("heir_other_role", roles[heir], same, heir)
    listed = home.directory(ended.realm)
    if all(listed.desk(desk_urn(ended.realm, heir)) for heir in ended.heirs):
        return listed
    return home.sign_directory(ended.realm, at, weeks)


async def order_end(bus: OwnersBus, ended: DeskEnd) -> OrderedEnd:
    """Adopt the home's directory, if control does not have it, and order the succession.

    Raises:
        UsageError: `consent_missing`, `consent_differs`.
        LogError, UnreachableError: as `control.publish_orders`.
    """
    registry = await bus.registry()
    known = ordered(registry, ended)
    if known is not None:
        return known
    start, orders = orders_to_give(bus.home, ended, registry, bus.at)
    given = await bus.order(*orders, start=start)
    return OrderedEnd(given[-1].n, given[-1].start, given[-1].payload["until"])


def orders_to_give(
    home: Home, ended: DeskEnd, given: Registry, at: int
) -> tuple[int, list[NewOrder]]:
    """The home's directory if control lacks it, the succession, and when both hold.

    At one instant, and not at once: who knew the directory alone would find two desks of a role,
    and refuse what names none.

    Raises:
        UsageError: `consent_missing`, `consent_differs`.
    """
    start, content = _content(home, ended, at + LEAD_S)
    keeper = [home.owner("directory")]
    orders = directory_orders(home, given, keeper)
    return start, [*orders, NewOrder(SUCCESSION, content, keeper)]


def ordered(given: Registry, ended: DeskEnd) -> OrderedEnd | None:
    """The same succession as it stands on control, if it does."""
    for order in given.orders:
        said = order.payload
        if order.kind == SUCCESSION and (said["desk"], said["heirs"]) == (ended.urn, ended.urns):
            return OrderedEnd(0, order.start, said["until"])
    return None


def _content(home: Home, ended: DeskEnd, start: int) -> tuple[int, dict[str, Any]]:
    """From when on the order is to hold, and what it says."""
    until = start + ended.days * DAY_S
    if ended.consent:
        return _consented(ended)
    bare = succession(ended.urn, ended.urns, until)
    if ended.gone:
        return start, bare
    consent = sign_consent(ended.realm, bare, start, *_own_signers(home, ended, start))
    return start, succession(ended.urn, ended.urns, until, consent)


def _own_signers(home: Home, ended: DeskEnd, at: int) -> list[Signer]:
    """The keys by which a desk consents, of those that its directory lists."""
    keys = home.directory(ended.realm).signing_of.get(ended.urn, ())
    listed = {key.kid for key in keys if key.reason != STOLEN}
    folder = home.keys / ended.realm / ended.desk
    try:
        signers = signers_of_term(folder, f"{ended.desk}-sig", at)
    except UsageError as error:
        if error.code != "key_file_missing":
            raise
        expected = "`--consent`, by its own `relais partner consent`"
        raise UsageError(
            "consent_missing", "a desk that keeps its keys itself", expected, ended.desk
        ) from None
    return [signer for signer in signers if signer.kid in listed]


def _consented(ended: DeskEnd) -> tuple[int, dict[str, Any]]:
    """What a desk has consented to; whether it has signed it, control judges."""
    try:
        signed = ended.consent[:MOST_BYTES].decode("ascii").split()
        said = parse_json(unb64u(signed[0].split(".")[1]), limit=MOST_BYTES, place="consent")
        start, until = said["from"], said["until"]
        if (said["desk"], said["heirs"]) == (ended.urn, ended.urns):
            return start, succession(ended.urn, ended.urns, until, signed)
    except (EnvelopeError, UnicodeDecodeError, LookupError, TypeError):
        pass
    expected = "what `relais partner consent` makes for this desk and these heirs"
    raise UsageError("consent_differs", "another consent", expected)


def _listed(home: Home, realm: str, desk: str) -> DeskEntry:
    """The entry of a desk.

    Raises:
        UsageError: `desk_unknown`.
    """
    entry = home.directory(realm).desk(desk_urn(realm, desk))
    if entry is None:
        raise UsageError("desk_unknown", "none of the directory", "a desk of this bus", desk)
    return entry


def _is_begun(home: Home, realm: str, old: str, new: str) -> bool:
    """Whether an earlier try has made the new desk for this one."""
    begun = (home.keys / realm / new / FORMERLY).exists()
    return begun and former_name(home.keys, realm, new) == former_name(home.keys, realm, old)


def _is_taken(home: Home, name: str) -> bool:
    """Whether a desk of either bus has or had a name already: none is given again."""
    own = {partner.desk for partner in home.partners}
    folders = {path.name for path in home.keys.glob("*/*") if path.is_dir()}
    return name in own | folders


def _add_partner(path: Path, desk: str, role: str, label: Mapping[str, str]) -> None:
    """One more entry in the file of partners."""
    known = orjson.loads(path.read_bytes()) if path.exists() else []
    more = {"desk": desk, "role": role, "label": dict(label)}
    write_durably(path, orjson.dumps([*known, more], option=orjson.OPT_INDENT_2))
