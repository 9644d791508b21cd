"""Ask every service at once how it is: `/ready` and `/metrics`, twice before it is called silent."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import orjson

from contracts.encoding import json_object
from contracts.errors import UsageError
from contracts.vocabulary.principals import audit
from services.operate.status.samples import Samples
from services.platform.http.bearer import bearer
from services.platform.patience import patient
from services.platform.process.answered import asked_again

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
    """What a realm's auditor tells to whoever has its projection secret; empty if it does not in time.

    Args:
        path: below `/projection/<realm>/`.
        question: to be posted; None: it is fetched.
        transport: by which it is asked; None: the network.
    """
    try:
        async with (
            asyncio.timeout(ANSWER_S),
            httpx.AsyncClient(timeout=ANSWER_S, trust_env=False, transport=transport) as client,
        ):
            asked = f"{url}/projection/{realm}/{path}"
            return await bounded_page(client, asked, question, bearer(secret))
    except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, ValueError):
        return b""


async def ask_all(addresses: Mapping[str, str]) -> list[Answer]:
    """What each service answers, in the order of their names.

    Pages are read once all have come: one costs milliseconds, and whoever answers meanwhile would be
    taken for silent by a machine that has much else to do.
    """
    names = sorted(addresses)
    async with httpx.AsyncClient(timeout=httpx.Timeout(None), trust_env=False) as client:
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
