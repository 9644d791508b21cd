"""What ten years of directories cost each service at a start: CPU, memory and disk.

Every week a desk has another name, every sixteenth all desks have new keys: 520 versions, as one adopts them
whose staff changes. `RELAIS_DESKS` says how many desks, 1,000 without it, `RELAIS_YEARS` how many years. Values of
control come from a file in place of Kafka; what is measured is a process of its own, until the directory in force
has been asked for, as a router, an auditor and an agency all do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Final

import orjson

from contracts.encoding import digest, unb64u
from contracts.keys import keyring
from contracts.keys.directory_page import divided, sign_page
from contracts.keys.jose import sign_jws
from contracts.keys.keyring import Signer
from contracts.keys.signed_directory import DIRECTORY_TYP
from contracts.log.orders.order import KINDS, Order, Owners, make_order
from contracts.log.orders.registry import Registry
from contracts.vocabulary.schema import router_urn
from services.platform.store.verified_files import VerifiedFiles
from tests.bench.directory import KEEPER, PINNED, REALM, row
from tests.bench.measure import Figure
from tests.contracts.envelope.kit import DAY, NOW, signer, signing_row

DESKS: Final = 1_000
YEARS: Final = 10
WEEKS: Final = 52  # of a year
RENEWED: Final = 16  # weeks between two versions in which all keys are new
_MIB: Final = 1 << 20
_SIZE_BYTES: Final = 4
_LIVES: Final = (
    ("all in memory, as before", "memory"),
    ("a first start with a place for what is verified", "files"),
    ("a later start", "files"),
    ("another later start", "files"),
)


def figures() -> Iterator[Figure]:
    """Each kind of start, one after the other."""
    desks = int(os.environ.get("RELAIS_DESKS", DESKS))
    weeks = round(WEEKS * float(os.environ.get("RELAIS_YEARS", YEARS)))
    note = f"{weeks} versions of {desks:,} desks"
    with TemporaryDirectory(prefix="relais-bench-") as folder:
        control = Path(folder) / "control"
        with control.open("wb") as file:
            first = layout()
            for value in chain([first], values(desks, weeks, _order(1, first), KEEPER)):
                _write(file, value)
        yield Figure("on control", "MB", (control.stat().st_size / 1e6,), note)
        for name, kind in _LIVES:
            command = [sys.executable, "-m", __name__, str(control), kind, f"{folder}/files"]
            told = orjson.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
            yield Figure(f"{name}: CPU", "s", (told["seconds"],), note)
            yield Figure(f"{name}: memory more", "MiB", (told["more"] / _MIB,), note)
            yield Figure(f"{name}: resident at most", "MiB", (told["highest"] / _MIB,), note)
        kept = sum(path.stat().st_blocks * 512 for path in (Path(folder) / "files").iterdir())
        yield Figure("what is verified, on disk", "MB", (kept / 1e6,), note)


def values(desks: int, weeks: int, last: Order, owner: Signer) -> Iterator[bytes]:
    """What control has behind an order: new pages, then the order that adopts them, a second after the one before."""
    pages, named = list[dict[str, Any]](), list[str]()
    for week in range(weeks):
        at = NOW + week * 7 * DAY
        if week % RENEWED == 0:
            pages = divided(REALM, (row(f"school-{number}", at) for number in range(desks)))
            changed, named = range(len(pages)), [""] * len(pages)
        else:
            changed = range(week % len(pages), week % len(pages) + 1)
            pages[changed[0]]["desks"][0]["label"]["en"] = f"Head of school since {week}"
        for number in changed:
            token = sign_page(pages[number], KEEPER)
            named[number] = digest(unb64u(token.split(".")[1]))
            yield token.encode()
        content = {"directory": _whole(week + 2, at, named)}
        order = make_order(
            REALM, "adopt_directory", content, last=last, start=NOW + week, signers=[owner]
        )
        yield order
        last = _order(last.n + 1, order)


def layout() -> bytes:
    """The first order."""
    content = {"shards": 1, "partitions": 6}
    return make_order(REALM, "layout", content, last=None, start=NOW, signers=[KEEPER])


def _whole(version: int, at: int, pages: list[str]) -> str:
    router = signer(router_urn(REALM), f"router-{REALM}-s1")
    made = keyring.build_directory(
        REALM, version, at, at + (RENEWED + 1) * 7 * DAY, [signing_row(router)], ()
    )
    del made["desks"]
    return sign_jws(made | {"pages": pages}, DIRECTORY_TYP, KEEPER)


def _order(number: int, value: bytes) -> Order:
    """As much of an order as the next one names."""
    return Order(number, "", 0, {}, digest(value))


def _write(file: BinaryIO, value: bytes) -> None:
    file.write(len(value).to_bytes(_SIZE_BYTES, "big") + value)


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while size := file.read(_SIZE_BYTES):
            yield file.read(int.from_bytes(size, "big"))


def _start(control: Path, kind: str, folder: Path) -> dict[str, float]:
    """Read all, and ask for the directory in force."""
    own = {KEEPER.kid: PINNED}
    owners = Owners(dict.fromkeys(KINDS, own), dict.fromkeys(KINDS, 1), own)
    before, began = _memory("RssAnon"), time.process_time()
    registry = Registry(REALM, owners, VerifiedFiles(folder) if kind == "files" else None)
    for value in _read(control):
        registry.extend([value])
    assert not registry.rejected, registry.why
    newest = registry.directories[registry.orders[-1].target]
    assert len(newest.inboxes) == 0
    return {
        "seconds": time.process_time() - began, "more": _memory("RssAnon") - before,
        "highest": _memory("VmHWM"),
    }  # fmt: skip


def _memory(name: str) -> int:
    """Bytes of our memory (proc(5))."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(f"{name}:"))


if __name__ == "__main__":
    sys.stdout.buffer.write(orjson.dumps(_start(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))))
