"""Where webhooks may go: what an operator may write, and what a name may lead to."""

from __future__ import annotations

from typing import Final

import pytest
from pydantic import ValidationError

from services.platform.http.receiver import Receiver

HOOK = "https://hook.example/in"


def receiver(url: str = HOOK, *networks: str) -> Receiver:
    """As the setting has it."""
    return Receiver.model_validate({"url": url, "networks": networks})


TWO_WAYS: Final = (
    "http://hook.example/in", "https://hook.example:8443/in", "https://hook.example:0/in",
    "https://hook.example:99999/in", "https://user:word@hook.example/in",
    "https://hook.example@10.0.0.1/in", "https://hook.example\\@10.0.0.1/in",
    "https://hook.example#@10.0.0.1/", "https://hook.example\n/in",
    "https://hook.example/in\r\nX: y", "https://hook example/in", "https:///in",
    "https://[::1%25eth0]/in", "ftp://hook.example/in", "file:///etc/passwd",
    "HTTPS://hook.example\u2024evil/in", "",
)  # fmt: skip


@pytest.mark.parametrize("url", TWO_WAYS)
def test_an_address_that_two_parsers_could_read_in_two_ways_is_refused(url: str) -> None:
    """And another port or plain http, without networks that are listed."""
    with pytest.raises(ValidationError):
        receiver(url)


def test_ports_and_http_are_for_networks_that_are_listed() -> None:
    """Inside its own network an agency knows what listens."""
    target = receiver("http://n8n.inside:5678/webhook/a?b=c", "10.0.0.0/8").target

    assert target == ("http", "n8n.inside", 5678, "/webhook/a?b=c")
    assert target.authority == "n8n.inside:5678"


INNER: Final = (
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "192.0.0.8",  # noqa: S104
    "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.175.48.1", "::1", "::",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
    "2001:0:7f00:1::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1",
    "2620:4f:8000::1", "3fff::1",
)  # fmt: skip


@pytest.mark.parametrize("address", INNER)
def test_no_address_of_an_inner_network_is_permitted(address: str) -> None:
    """Whatever form it takes, a name of the internet may not lead inside."""
    assert not receiver().permits(address)


def test_the_internet_is_permitted_or_the_networks_alone_that_are_listed() -> None:
    """A partner with one address inside reaches no other, and nothing outside."""
    inside = receiver(HOOK, "10.1.2.0/24", "fd00:1::/32")

    assert all(map(receiver().permits, ("8.8.8.8", "::ffff:8.8.8.8", "2600::1")))
    assert all(map(inside.permits, ("10.1.2.9", "::ffff:10.1.2.9", "fd00:1::7")))
    assert not any(map(inside.permits, ("10.1.3.1", "127.0.0.1", "8.8.8.8", "fd00:2::7")))
