"""Ask every service at once: `/ready` and `/metrics`, twice before it is called silent."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, Self

import httpx
import orjson
from prometheus_client.parser import text_string_to_metric_families

from contracts.encoding import json_object
from contracts.errors import UsageError
from contracts.vocabulary.principals import audit
from services.platform.http.shared_secret import bearer
from services.platform.patience import patient
from services.platform.process.side_by_side import asked_again

Labels = Mapping[str, str]
OURS: Final = ("relais_", "process_resident_memory_bytes")
MOST_LINES: Final = 10_000  # a service with 1,000 desks answers some 4,000
TOO_LARGE: Final = 2.0**53  # of bytes, seconds since 1970, records


@dataclass(frozen=True, slots=True)
class Samples:
    """The samples of one service.

    Attributes:
        rows: name of a sample -> its labels and value, in the order of the page.
    """

    rows: Mapping[str, tuple[tuple[Labels, float], ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, page: str) -> Self:
        """Parse a page in Prometheus's text format 0.0.4.

        Raises:
            ValueError: it is none, or has a line too many or a figure that nothing can count.
        """
        if page.count("\n") > MOST_LINES:
            raise ValueError(f"got more than {MOST_LINES} lines, expected a page of a service")
        rows: dict[str, list[tuple[Labels, float]]] = {}
        for family in text_string_to_metric_families(page):
            for sample in family.samples:
                if sample.name.startswith(OURS) and not abs(sample.value) < TOO_LARGE:  # nor NaN
                    raise ValueError(f"got {sample.value} of {family.name}, expected a figure")
                rows.setdefault(sample.name, []).append((sample.labels, sample.value))
        return cls({name: tuple(some) for name, some in rows.items()})

    def of(self, name: str) -> tuple[tuple[Labels, float], ...]:
        """Every sample of a name without the prefix `relais_`; none if the service has none."""
        return self.rows.get(f"relais_{name}", ())

    def value(self, name: str) -> float | None:
        """The only sample of a full name, None if there is none."""
        rows = self.rows.get(name, ())
        return rows[0][1] if rows else None

    def total(self, name: str) -> float:
        """The sum over all labels."""
        return sum(value for _, value in self.of(name))

    def by(self, name: str, *labels: str) -> dict[tuple[str, ...], float]:
        """Sums by these labels."""
        sums: dict[tuple[str, ...], float] = {}
        for own, value in self.of(name):
            key = tuple(own.get(label, "") for label in labels)
            sums[key] = sums.get(key, 0.0) + value
        return sums


ANSWER_S: Final = 0.7  # for what a page shows besides
ASK_S: Final = 1.0  # for one service
MOST_BYTES: Final = 4_000_000  # of a page: a service with 1,000 desks answers some 300 KB
KAFKA: Final = "kafka"  # in a home's addresses, beside the services
AUDIT: Final = "audit"  # the auditor of both realms, where nothing keeps them apart


@dataclass(frozen=True, slots=True)
class Answer:
    """What one service says of itself.

    Attributes:
        ready: as `/ready` answers it, with 200 and 503; None: nothing that can be read.
        why: code of why there is none: `refused`, `unreadable`, one of `NoAnswer`; else empty.
    """

    service: str
    url: str
    ready: Mapping[str, Any] | None
    samples: Samples = field(default_factory=Samples, repr=False)
    why: str = ""


def read_targets(file: Path) -> dict[str, str]:
    """Service -> address, from a file as Prometheus's `file_sd_configs` take it.

    The name is the label `instance`, as in alerts, else the target itself.

    Raises:
        UsageError: `targets_malformed`.
    """
    try:
        groups = orjson.loads(file.read_bytes())
        return {
            group.get("labels", {}).get("instance", target): f"http://{target}"
            for group in groups
            for target in group["targets"]
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        expected = "a list of targets and labels, as Prometheus reads it from files"
        raise UsageError("targets_malformed", type(error).__name__, expected, str(file)) from None


def auditor_of(services: Mapping[str, str], realm: str) -> str:
    """The address of a realm's auditor: its own, or of both realms; empty if there is none."""
    return services.get(audit(realm)) or services.get(AUDIT, "")


async def ask_auditor(
    url: str,
    realm: str,
    path: str,
    secret: bytes,
    question: bytes | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> bytes:
    """What a realm's auditor tells who has its projection secret; empty if not in time.

    Args:
        path: below `/projection/<realm>/`.
        question: to be posted; None: it is fetched.
        transport: by which it is asked; None: the network.
    """
    try:
        async with (
            asyncio.timeout(ANSWER_S),
            httpx.AsyncClient(
                timeout=ANSWER_S, trust_env=False, verify=_trusted(), transport=transport
            ) as client,
        ):
            asked = f"{url}/projection/{realm}/{path}"
            return await bounded_page(client, asked, question, bearer(secret))
    except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, ValueError):
        return b""


@cache
def _trusted() -> ssl.SSLContext:
    """The machine's authorities, read once: that costs more than all that one look asks."""
    return httpx.create_ssl_context(trust_env=False)


async def ask_all(addresses: Mapping[str, str]) -> list[Answer]:
    """What each service answers, in the order of their names.

    Pages are read once all have come: one costs milliseconds, and whoever answers meanwhile would
    be taken for silent by a machine that has much else to do.
    """
    names = sorted(addresses)
    limit = httpx.Timeout(None)
    async with httpx.AsyncClient(timeout=limit, trust_env=False, verify=_trusted()) as client:
        told = await asyncio.gather(*[_ask(client, addresses[name]) for name in names])
    return [_read(name, addresses[name], pages) for name, pages in zip(names, told, strict=True)]


async def _ask(client: httpx.AsyncClient, url: str) -> tuple[bytes, bytes] | str:
    """`/ready` and `/metrics` of a service, or the code of why there are none."""

    async def pages() -> tuple[bytes, bytes]:
        return await asyncio.gather(
            bounded_page(client, f"{url}/ready"), bounded_page(client, f"{url}/metrics")
        )

    try:
        return await asked_again(patient(ASK_S), pages)
    except (httpx.HTTPError, httpx.InvalidURL):
        return "refused"
    except ValueError:
        return "unreadable"


def _read(service: str, url: str, pages: tuple[bytes, bytes] | str) -> Answer:
    if isinstance(pages, str):
        return Answer(service, url, None, why=pages)
    try:
        return Answer(service, url, json_object(pages[0]), Samples.read(pages[1].decode()))
    except (ValueError, TypeError):
        return Answer(service, url, None, why="unreadable")


async def bounded_page(
    client: httpx.AsyncClient,
    url: str,
    asked: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """A page of bounded size, unpacked by nobody: a few bytes can be packed to be a gigabyte.

    Args:
        asked: is sent, if there is something.

    Raises:
        ValueError: it is larger, or was refused.
    """
    method = "GET" if asked is None else "POST"
    given = {**(headers or {}), "Accept-Encoding": "identity"}
    async with client.stream(method, url, content=asked, headers=given) as response:
        if response.is_client_error:  # 503 is an answer: of `/ready`
            raise ValueError(f"got {response.status_code}, expected a page of a service")
        page = bytearray()
        async for piece in response.aiter_raw():
            page += piece
            if len(page) > MOST_BYTES:
                raise ValueError(f"got more than {MOST_BYTES} bytes, expected a page of a service")
        return bytes(page)


MOST_ROWS: Final = 200
_NAME: Final = re.compile(r"[a-z0-9_.-]{0,64}")
_MOST: Final = 253_402_214_400  # the year 9999


@dataclass(frozen=True, slots=True, order=True)
class KeptBy:
    """Inputs of one code and issuer, to be ruled on.

    Attributes:
        desk: that signed; empty where no cover verified.
        oldest: arrival, seconds by the bus's time.
    """

    code: str
    agency: str
    desk: str
    number: int
    oldest: int


async def kept_by(
    services: Mapping[str, str], secrets: Mapping[str, bytes]
) -> dict[str, tuple[KeptBy, ...]]:
    """Whose what lies in quarantine is: of each realm whose secret is here, as its auditor says.

    Metrics count by code and institution; the issuing desk stands in the log alone. Nobody waits
    for it longer than for any other answer, and without it the rest is told.
    """
    asked = [
        (realm, url, secret)
        for realm, secret in secrets.items()
        if (url := auditor_of(services, realm))
    ]
    answers = await asyncio.gather(
        *(ask_auditor(url, realm, "quarantine", secret) for realm, url, secret in asked)
    )
    rows = zip((realm for realm, _url, _secret in asked), map(_groups, answers), strict=True)
    return {realm: own for realm, own in rows if own is not None}


def _groups(page: bytes) -> tuple[KeptBy, ...] | None:
    """The rows of an answer; None of one that is empty or of another form."""
    try:
        return tuple(sorted(_kept(row) for row in json_object(page)["groups"][:MOST_ROWS]))
    except (ValueError, KeyError, TypeError):
        return None


def _kept(told: Any) -> KeptBy:
    names = [told[name] for name in ("code", "agency", "desk")]
    counts = [told[name] for name in ("n", "oldest")]
    if not all(_NAME.fullmatch(name) for name in names):
        raise ValueError("got another form, expected codes and names")
    if not all(type(count) is int and 0 <= count <= _MOST for count in counts):
        raise ValueError("got another figure, expected a count and an instant")
    return KeptBy(*names, *counts)
