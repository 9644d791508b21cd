"""Two desks that end while partners of other code run: the next directory, with an heir of each, and the owners' orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from contracts.envelope.receive import RecipientContext
from contracts.keys import keyring
from contracts.keys.directory import Directory
from contracts.log.orders.succession import SUCCESSION, sign_consent, succession
from contracts.vocabulary.events import read_body
from services.platform.kafka.orders.control import publish_orders
from services.platform.kafka.orders.new_orders import NewOrder
from tests.contracts.envelope.kit import DAY, DESKS, NOW, realm, sealing, signer, signing_row
from tests.kafka import kit

HERE: Final = realm("civil")
HEIRS: Final = {"asso": "asso-nord", "crip": "crip-nord"}  # desk that ends -> who follows it


def listed(*desks: str, version: int = 1, at: int = NOW - 8 * DAY) -> tuple[str, ...]:
    """Tokens of a directory of desks of `kit`, in pages, the encryption keys of each under one signature of its own.

    Args:
        desks: short ids; an heir has a role and keys like those of the desk that it follows.
        at: when it was made, seconds.
    """
    rows = [_row(desk) for desk in desks]
    payload = keyring.build_directory(
        "civil", version, at, NOW + 400 * DAY, [signing_row(HERE.router)],
        sorted(rows, key=lambda row: str(row["desk"])),
    )  # fmt: skip
    return keyring.sign_in_pages(payload, HERE.keeper)


def _row(desk: str) -> dict[str, Any]:
    own = desk_signer(desk)
    keys: dict[str, dict[str, bytes]] = {}
    for retention, week in _weeks(desk):
        public = sealing(f"{desk}-{retention.lower()}-{week}").public_key().public_bytes_raw()
        keys.setdefault(retention, {})[week] = public
    signed = keyring.sealing_row(own, owner=own.owner, keys=keys, iat=NOW - 8 * DAY)
    role, _realms, secrecy = DESKS[_like(desk)]
    label = {"fr": desk, "en": desk}
    return keyring.desk_entry(own.owner, role, secrecy, label, [signing_row(own)], sealing=signed)


def _like(desk: str) -> str:
    """A desk of `kit`: itself, or the one that it follows."""
    return {heir: old for old, heir in HEIRS.items()}.get(desk, desk)


def _weeks(desk: str) -> list[tuple[str, str]]:
    """Class and week of each of a desk's encryption keys."""
    owner = HERE.urn(_like(desk))
    return [
        (key.retention, key.kid.rpartition("-")[2])
        for key in HERE.directory.encryption.values()
        if key.owner == owner
    ]


def desk_signer(desk: str) -> keyring.Ed25519Signer:
    """A desk's signing key; the same always."""
    return signer(HERE.urn(desk), f"{desk}-s1")


def reading(desk: str, directory: Directory) -> RecipientContext:
    """By what our own code opens a desk's deliveries."""
    kids = [f"{desk}-{retention.lower()}-{week}" for retention, week in _weeks(desk)]
    ring = keyring.MemoryKeyRing({kid: sealing(kid) for kid in kids})
    return RecipientContext(HERE.urn(desk), directory, ring, read_body)


async def order_heirs(bootstrap: str, now: int, client: Mapping[str, Any]) -> Directory:
    """The next directory, and a succession of each desk with its consent: all at one instant; the directory.

    Args:
        now: the federation's time, seconds.
        client: options of the owners' client of Kafka.
    """
    tokens = listed(*HERE.signers, *HEIRS.values(), version=2, at=now)
    orders = [NewOrder("adopt_directory", {"directory": tokens[0]}, [kit.OWNER], tokens[1:])]
    for desk, heir in HEIRS.items():
        said = HERE.urn(desk), [HERE.urn(heir)], now + 30 * DAY
        consent = sign_consent("civil", succession(*said), now, desk_signer(desk))
        orders.append(NewOrder(SUCCESSION, succession(*said, consent), [kit.OWNER]))
    await publish_orders(bootstrap, "civil", kit.owners(), orders, start=now, **client)
    return keyring.load_whole(tokens, HERE.keepers)
