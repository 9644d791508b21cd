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
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import orjson

from contracts.vocabulary import principals
from contracts.vocabulary.scopes import REALMS
from services.console.settings import ACCOUNTS
from services.operate.home.home import Home
from services.operate.home.keys import private_folder, write_secret
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


def parcels(home: Home, plan: Plan) -> Mapping[str, Parcel]:
    """Name of a process -> its files, as far as the home has them."""
    found = {SETUP: _setup(home)}
    for agency, partners in home.agencies.items():
        desks = [partner.desk for partner in partners]
        found[principals.agency(agency)] = _agency(home, agency, desks)
    for name, (realm, _) in plan.shard_names.items():
        own = (f"keys/{realm}/routing.secret", f"keys/{realm}/router-{realm}-*.json")
        found[name] = _service(home, name) | _files(home, *own)
    for name, realms in plan.audit_names.items():
        found[name] = _service(home, name)
        for realm in realms:
            own = (f"keys/{realm}/log.secret", f"keys/{realm}/projection.secret")
            found[name] |= _files(home, f"tlog-policy.{realm}*", *own)
    # No key of anybody's, and no owners' word.
    found[principals.CONSOLE] = _tls(home, principals.CONSOLE) | _files(home, ACCOUNTS)
    for name in map(principals.broker, range(1, plan.nodes + 1)):
        found[name] = {
            "ca.pem": (home.tls / "ca.pem").read_bytes(),
            "own.keystore.pem": (home.tls / f"{name}.keystore.pem").read_bytes(),
        }
    return found


def user_of(name: str) -> int:
    """The user id under which a process of that name runs in its container."""
    return BROKER_USER if name.startswith("broker-") else SERVICE_USER


def _service(home: Home, name: str) -> dict[str, bytes]:
    return _tls(home, name) | _files(home, "owners.json")


def _tls(home: Home, name: str) -> dict[str, bytes]:
    own = home.certificate(name)
    return {
        "tls/ca.pem": own.ca.read_bytes(),
        "tls/own.pem": own.cert.read_bytes(),
        "tls/own.key": own.key.read_bytes(),
    }


def _agency(home: Home, agency: str, desks: Iterable[str]) -> dict[str, bytes]:
    found = _service(home, principals.agency(agency)) | _files(
        home, "tlog-policy.*", *(f"keys/agencies/{agency}.{use}" for use in ("secret", "witness"))
    )
    hashes = orjson.loads((home.path / "tokens.json").read_bytes())
    found["tokens.json"] = orjson.dumps({desk: hashes[desk] for desk in desks})
    for realm in REALMS:
        if own := _files(home, *(f"keys/{realm}/{desk}/*" for desk in desks)):
            found |= own | _files(home, f"keys/{realm}/routing.secret")
    return found


def _setup(home: Home) -> dict[str, bytes]:
    names = (principals.ADMIN, *map(principals.owners, REALMS))
    return _files(
        home,
        "owners.json", "convention.yaml*", "partitions", "keys/owners/*", "tls/ca.pem",
        "directory.*.jws",
        *(f"tls/{name}.{end}" for name in names for end in ("pem", "key")),
    )  # fmt: skip


def _files(home: Home, *patterns: str) -> dict[str, bytes]:
    paths = (path for pattern in patterns for path in sorted(home.path.glob(pattern)))
    return {str(path.relative_to(home.path)): path.read_bytes() for path in paths}
