"""How a partner's commands ask a failing service: what is tried again, what is answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from services.cli.common import http_client
from services.cli.partner.exchange import exchanged

PAGE = {"content-type": "text/html"}


def asked(*answers: httpx.Response) -> tuple[httpx.Response, list[str]]:
    """What a service that answers so in a row is taken to have said; the keys that came."""
    left, keys = iter(answers), list[str]()

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["idempotency-key"])
        return next(left)

    with httpx.Client(transport=httpx.MockTransport(answer), base_url="http://a") as client:
        request = client.build_request("POST", "/x", headers={"Idempotency-Key": "mine"})
        return exchanged(client, request, tries=5), keys


@pytest.mark.parametrize("status", [200, 302, 502, 503, 504])
def test_what_a_proxy_says_is_no_answer(status: int) -> None:
    """A page in the service's stead, and then the service: asked again under the same key."""
    answer, keys = asked(httpx.Response(status, headers=PAGE), httpx.Response(202))

    assert (answer.status_code, keys) == (202, ["mine"] * 2)


@pytest.mark.parametrize(("status", "tries"), [(400, 1), (404, 1), (422, 1), (429, 5)])
def test_a_refusal_is_an_answer_and_a_limit_where_it_lasts(status: int, tries: int) -> None:
    """What would be refused again is not tried again."""
    answer, keys = asked(*[httpx.Response(status)] * 5)

    assert (answer.status_code, keys) == (status, ["mine"] * tries)


def test_a_redirect_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To another host least of all."""
    monkeypatch.setenv("RELAIS_TOKEN", "secret")
    hosts: list[str] = []

    def moved(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(307, headers={"Location": "https://evil.example/v1/duties"})

    client: Any = http_client.client(tmp_path, "education", "edu-s", "http://school")
    with client:
        client._transport = httpx.MockTransport(moved)
        answer = exchanged(client, client.build_request("GET", "/v1/duties"), tries=5)

    assert (answer.status_code, hosts) == (307, ["school"])
