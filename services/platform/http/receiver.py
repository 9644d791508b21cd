"""A receiver of webhooks as an operator names it: address, allowed networks (webhooks §4).

A partner who may choose an address could make a service knock at any door of its own network. So
the address stands in the service's settings, and what its name resolves to is held to this at each
delivery.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Network, ip_address, ip_network
from typing import Annotated, Final, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, IPvAnyNetwork, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

# No user, no fragment, no character that two parsers read in two ways.
_URL: Final = re.compile(
    r"(https?)://([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::(\d{1,5}))?(/[!$-;=?-Z_a-z~]*)?",
    re.ASCII,
)
_PORTS: Final = {"https": 443, "http": 80}
_GIVEN_OUT: Final = IPv6Network("2000::/3")  # all IPv6 that is in use on the internet
# Of IANA's special-purpose registries what Python's `is_global` lets pass: protocol assignments,
# AS112, AMT, relays of 6to4, documentation.
_SPECIAL: Final = tuple(
    map(
        ip_network,
        (
            "192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
            "192.175.48.0/24", "2620:4f:8000::/48", "3fff::/20",
        ),
    )
)  # fmt: skip


class Target(NamedTuple):
    """The parts of a receiver's address."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What the header `Host` says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


class Receiver(BaseModel):
    """Where one desk's webhooks go.

    Attributes:
        url: `https://HOST/PATH`; with `networks` any port, and `http` too.
        networks: in which HOST has to lie; none: anywhere on the internet, and nowhere else.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[str, StringConstraints(max_length=2000)]
    networks: tuple[IPvAnyNetwork, ...] = ()

    @model_validator(mode="after")
    def _plain(self) -> Self:
        parsed = _parsed(self.url)
        if parsed is None or not (
            self.networks or (parsed.scheme == "https" and parsed.port == _PORTS["https"])
        ):
            expected = "`https://HOST/PATH`; another port or `http` only with `networks`"
            raise PydanticCustomError("ours", "ours", {"expected": expected})
        return self

    @property
    def target(self) -> Target:
        """Its address, taken apart."""
        parsed = _parsed(self.url)
        assert parsed is not None  # noqa: S101 (it was, when this was made)
        return parsed

    def permits(self, address: str) -> bool:
        """Whether an IP address that its host resolved to may be connected to."""
        bare = ip_address(address.partition("%")[0])
        ip = getattr(bare, "ipv4_mapped", None) or bare
        if self.networks:
            return any(ip in network for network in self.networks)
        if any(ip in network for network in _SPECIAL):
            return False
        if isinstance(ip, IPv4Address):
            return ip.is_global and not ip.is_multicast
        # In those of 6to4 and the like there is an IPv4 address, of which nothing is known.
        return ip in _GIVEN_OUT and ip.is_global and ip.sixtofour is None


def _parsed(url: str) -> Target | None:
    parts = _URL.fullmatch(url)
    if parts is None:
        return None
    scheme, host, _last, port, path = parts.groups()
    number = int(port or _PORTS[scheme])
    return Target(scheme, host.strip("[]"), number, path or "/") if 0 < number < 1 << 16 else None
