"""Topics and rights of a whole département on three brokers with TLS: what commands cost there.

1,000 desks in 45 agencies, by a convention that is made here: the shipped one with forty associations
more, each an agency, a party and a role of its own beside the shipped association.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from tempfile import TemporaryDirectory
from typing import Final

import orjson

from contracts.convention.agreed import acting_desks
from contracts.conventions import shipped
from contracts.vocabulary import principals
from contracts.vocabulary.scopes import REALMS
from services.operate.home.first_orders import give_first_orders
from services.operate.home.home import Home
from services.operate.home.partners import PARTNERS
from services.operate.home.planned import planned_topics
from services.platform.kafka.connection.certificate_folder import tls_of
from services.platform.kafka.connection.connection import client_options
from services.play.certificates.ca import ensure_ca, ensure_certificate
from services.play.kafka import brokers
from services.play.kafka.fetch import fetch_jars
from tests.bench import load
from tests.bench.measure import Figure

DESKS: Final = 1_000
MORE: Final = 40  # associations; five agencies are shipped
WEEKS: Final = 8  # that keys cover
NODES: Final = 3
SHARDS: Final = 3
FORMS: Final = (6, 24)  # partitions
LETTERS: Final = "abdfghkpt"  # of names that no eye takes for one another

_LAST: Final = "  association: {fr: Associations partenaires, en: Partner associations}\n"
_READERS: Final = "\n# Readers of published"
_SIDE: Final = re.compile(r"(?:issuers|recipients): \[[^\]]*\bASSO\b[^\]]*\]")


def convention() -> str:
    """The shipped one, in which forty more associations may do what its own may."""
    text, codes = shipped().decode(), [f"ASSO-{number}" for number in range(1, MORE + 1)]
    parties, roles = "", ""
    for number, code in enumerate(codes, 1):
        name = f"asso_{LETTERS[number // 9]}{LETTERS[number % 9]}x"
        parties += f"  {name}: {{fr: Association {number}, en: Association {number}}}\n"
        roles += (
            f"  {code}:\n    agency: {name}\n    realms: [civil]\n    secrecy: convention\n"
            f"    label: {{fr: Association numéro {number}, en: Association number {number}}}\n"
            f"    named: {{fr: l'association numéro {number}, en: association number {number}}}\n"
        )
    for before, after in ((_LAST, _LAST + parties), (_READERS, roles + _READERS)):
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    every = ", ".join(["ASSO", *codes])
    return _SIDE.sub(lambda found: re.sub(r"\bASSO\b", every, found[0]), text)


def partners() -> list[dict[str, object]]:
    """A desk of each association more, and schools to make up the number."""
    roles = [f"ASSO-{number}" for number in range(1, MORE + 1)]
    roles += ["EDU-H"] * (DESKS - len(PARTNERS) - MORE)
    return [
        {"desk": f"desk-{n}", "role": role, "label": {"fr": f"Poste {n}", "en": f"Desk {n}"}}
        for n, role in enumerate(roles)
    ]


async def figures() -> AsyncIterator[Figure]:
    """Of each number of partitions, on brokers of its own."""
    await asyncio.to_thread(fetch_jars)
    with TemporaryDirectory(prefix="relais-bench-") as folder:
        for partitions in FORMS:
            home = Home(Path(folder) / str(partitions))
            await asyncio.to_thread(_made, home, partitions)
            try:
                async for figure in _measured(home):
                    yield figure
            finally:
                await asyncio.to_thread(brokers.stop, home.kafka)


def _made(home: Home, partitions: int) -> None:
    """Keys, directories, and certificates of whoever connects here."""
    home.path.mkdir()
    home.choose_partitions(partitions, SHARDS)
    (home.path / "convention.yaml").write_text(convention(), "utf-8")
    (home.path / "partners.json").write_bytes(orjson.dumps(partners()))
    home.prepare(int(time.time()), WEEKS)
    ensure_ca(home.tls)
    nodes = [principals.broker(number) for number in range(1, NODES + 1)]
    for name in (*nodes, principals.ADMIN, *map(principals.owners, REALMS)):
        ensure_certificate(home.tls, name)


async def _measured(home: Home) -> AsyncIterator[Figure]:
    begun = await asyncio.to_thread(brokers.start, home.kafka, nodes=NODES, tls=home.tls)
    note = f"{home.partitions} partitions, {NODES} brokers with TLS"
    planned = planned_topics(home)
    agencies = {row.agency for row in acting_desks(home.convention, home.directory("civil"))}
    for name, number in (
        ("desks", len(home.directory("civil").desks)),
        ("agencies", len(agencies)),
        ("topics", len(planned)),
        ("replicas a broker", sum(one.partitions for one in planned)),  # three copies, three nodes
    ):
        yield Figure(name, "", (number,), note)
    for words in ("topics apply", "acl apply"):
        for figure in _run(home, words, f"{note}, first"):
            yield figure
    clients = {
        realm: client_options(tls_of(home.tls, principals.owners(realm))) for realm in REALMS
    }
    shards = dict.fromkeys(REALMS, 1) | {"civil": SHARDS}
    await give_first_orders(home, begun.bootstrap, int(time.time()), shards, clients)
    for words in ("topics apply", "acl apply", "topics check", "acl check"):
        for figure in _run(home, words, f"{note}, after the first orders"):
            yield figure


def _run(home: Home, words: str, note: str) -> list[Figure]:
    """A command as it is typed: seconds, its own CPU, and that of all brokers meanwhile."""
    pids = brokers.status(home.kafka).pids.values()
    spent, own, began = sum(map(load.cpu_of, pids)), getrusage(RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "services", *words.split(), "--home", str(home.path)],
        env={**os.environ, "RELAIS_LANG": "en"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    seconds, after = time.monotonic() - began, getrusage(RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr
    cpu = after.ru_utime + after.ru_stime - own.ru_utime - own.ru_stime
    served = sum(map(load.cpu_of, pids)) - spent
    return [
        Figure(f"relais {words}", "s", (seconds,), note),
        Figure(f"relais {words}, the command", "s CPU", (cpu,), note),
        Figure(f"relais {words}, brokers", "s CPU", (served,), note),
    ]
