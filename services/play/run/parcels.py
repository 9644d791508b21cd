"""A federation's home, divided: to each process the files that it needs, and nobody else's.

    agency      owners.json, tokens.json (its own desks'), keys/agencies/<agency>.secret and
                .witness, tlog-policy.<realm>, keys/<realm>/routing.secret, keys/<realm>/<desk>/… of
                its own desks
    routing     owners.json, keys/<realm>/router-<realm>-1.json, keys/<realm>/routing.secret
    audit       owners.json, tlog-policy.<realm>, keys/<realm>/log.secret,
                keys/<realm>/projection.secret
    console     console-accounts.json, where a play has made them
    broker      ca.pem, own.keystore.pem
    setup       owners.json, convention.yaml and its signatures, directories, partitions,
                keys/owners/…, tls/ of admin and owners

Each service has its certificate as tls/ca.pem, tls/own.pem and tls/own.key: the same paths in each
container.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import orjson

from contracts.vocabulary import principals
from contracts.vocabulary.scopes import REALMS
from services.console.settings import ACCOUNTS
from services.operate.home.home import Home
from services.operate.home.keys import private_folder, write_secret
from services.platform.keys.policy_file import policy_file, policy_signature
from services.play.run.plan import Plan

Parcel = Mapping[str, bytes]  # path within the process's folder -> content


def deliver(folder: Path, parcel: Parcel, user: int | None = None) -> int:
    """Make a folder hold exactly a parcel; how many files were written or removed.

    Args:
        user: id of who alone may read it, when root delivers.
    """
    changed = 0
    for path in _strays(folder, parcel):
        path.unlink()
        changed += 1
    for name, content in parcel.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != content:
            path.unlink(missing_ok=True)
            write_secret(path, content)
            changed += 1
    folder.chmod(0o700)
    if user is not None:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user, user)
    return changed


def _strays(folder: Path, parcel: Parcel) -> list[Path]:
    private_folder(folder)
    files = [path for path in folder.rglob("*") if not path.is_dir()]
    return [path for path in files if str(path.relative_to(folder)) not in parcel]


SETUP: Final = "setup"  # applies topics, rights and first orders; no principal of its own
SERVICE_USER: Final = 10001  # of the image in deploy/Dockerfile
BROKER_USER: Final = 1000  # of the official image of Apache Kafka


def parcels(home: Home, plan: Plan) -> dict[str, Parcel]:
    """Name of a process -> its files.

    Raises:
        OSError: the home lacks one: it was not prepared, or without certificates.
    """
    found: dict[str, Parcel] = {SETUP: _setup(home)}
    for agency, partners in home.agencies.items():
        desks = [partner.desk for partner in partners]
        found[principals.agency(agency)] = _agency(home, agency, desks)
    for name, (realm, _) in plan.shard_names.items():
        found[name] = _service(home, name) | _routing(home, realm)
    for name, realms in plan.audit_names.items():
        found[name] = _service(home, name) | _audit(home, realms)
    found[principals.CONSOLE] = _console(home)
    for number in range(1, plan.nodes + 1):
        found[principals.broker(number)] = _broker(home, principals.broker(number))
    return found


def user_of(name: str) -> int:
    """The user id under which a process of that name runs in its container."""
    return BROKER_USER if name.startswith("broker-") else SERVICE_USER


def _service(home: Home, name: str) -> dict[str, bytes]:
    own = home.certificate(name)
    return {
        "owners.json": (home.path / "owners.json").read_bytes(),
        "tls/ca.pem": own.ca.read_bytes(),
        "tls/own.pem": own.cert.read_bytes(),
        "tls/own.key": own.key.read_bytes(),
    }


def _console(home: Home) -> dict[str, bytes]:
    """Its certificate and who may sign in: no key of anybody's, and no owners' word."""
    own = _service(home, principals.CONSOLE)
    return {name: own[name] for name in own if name.startswith("tls/")} | _files(
        home, *home.path.glob(ACCOUNTS)
    )


def _agency(home: Home, agency: str, desks: Sequence[str]) -> dict[str, bytes]:
    hashes = orjson.loads((home.path / "tokens.json").read_bytes())
    found = _service(home, principals.agency(agency))
    found["tokens.json"] = orjson.dumps({desk: hashes[desk] for desk in desks})
    own_keys = (home.keys / "agencies" / f"{agency}.{use}" for use in ("secret", "witness"))
    found |= _files(home, *own_keys, *_policies(home, REALMS))
    for realm in REALMS:
        folders = [home.keys / realm / desk for desk in desks]
        own = [path for folder in folders if folder.is_dir() for path in sorted(folder.iterdir())]
        if own:
            found |= _files(home, home.keys / realm / "routing.secret", *own)
    return found


def _routing(home: Home, realm: str) -> dict[str, bytes]:
    keys = home.keys / realm
    return _files(home, keys / "routing.secret", *keys.glob(f"router-{realm}-*.json"))


def _audit(home: Home, realms: Iterable[str]) -> dict[str, bytes]:
    own = [
        path
        for realm in realms
        for path in (
            home.keys / realm / "log.secret",
            home.keys / realm / "projection.secret",
        )
    ]
    return _files(home, *own, *_policies(home, realms))


def _policies(home: Home, realms: Iterable[str]) -> Iterator[Path]:
    for realm in realms:
        yield policy_file(home.path, realm)
        yield policy_signature(home.path, realm)


def _setup(home: Home) -> dict[str, bytes]:
    names = (principals.ADMIN, *(principals.owners(realm) for realm in REALMS))
    certificates = [path for name in names for path in _pair(home, name)]
    directories = [home.directory_file(realm) for realm in REALMS]
    return _files(
        home,
        home.path / "owners.json", *home.path.glob("convention.yaml*"), *directories,
        *home.path.glob("partitions"),
        *(home.keys / "owners").iterdir(), home.tls / "ca.pem", *certificates,
    )  # fmt: skip


def _pair(home: Home, name: str) -> Iterator[Path]:
    own = home.certificate(name)
    yield own.cert
    yield own.key


def _broker(home: Home, name: str) -> dict[str, bytes]:
    return {
        "ca.pem": (home.tls / "ca.pem").read_bytes(),
        "own.keystore.pem": (home.tls / f"{name}.keystore.pem").read_bytes(),
    }


def _files(home: Home, *paths: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home.path)): path.read_bytes() for path in paths}
