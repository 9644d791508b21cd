"""The settings of this service as a confidential OpenID Connect client."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from contracts.errors import UsageError
from services.platform.keys.private_files import read_private
from services.platform.settings import SignInSettings

BACK: Final = (
    "/sign-in/back"  # below the base: where the provider sends a browser that it signed in
)


@dataclass(frozen=True, slots=True)
class OidcClient:
    """This service at its provider.

    Attributes:
        roles: an account has one of them.
    """

    settings: SignInSettings
    secret: str = field(repr=False)
    roles: tuple[str, ...]

    def may_ask(self, url: object) -> bool:
        """Whether an address that the provider names may be used: HTTPS, or this machine's."""
        return isinstance(url, str) and (
            url.startswith("https://")
            or (is_safe(url) and not self.settings.oidc_issuer.startswith("https://"))
        )


def is_safe(url: str) -> bool:
    """Whether an address is HTTPS, or HTTP on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.username is not None or not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_here(host))


def is_here(host: str) -> bool:
    """Whether a host's name or address is this machine's own."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_client(settings: SignInSettings, roles: tuple[str, ...], base: str = "") -> OidcClient:
    """Return the client that settings describe.

    Args:
        base: path below which the service's pages lie.

    Raises:
        UsageError: `oidc_setting_missing`, `oidc_address_open`, `oidc_redirect_wrong`; those of
            `read_private`.
    """
    file = settings.oidc_client_secret_file
    if not settings.oidc_client_id or not settings.oidc_redirect or file is None:
        expected = "RELAIS_OIDC_CLIENT_ID, RELAIS_OIDC_CLIENT_SECRET_FILE, RELAIS_OIDC_REDIRECT"
        raise UsageError("oidc_setting_missing", "RELAIS_OIDC_ISSUER", expected)
    for url in (settings.oidc_issuer, settings.oidc_redirect):
        if not is_safe(url):
            expected_url = "an address that begins with https://, or http:// on this machine"
            raise UsageError("oidc_address_open", url, expected_url)
    if urlsplit(settings.oidc_redirect).path != base + BACK:
        expected_path = f"https://…{base}{BACK}"
        raise UsageError("oidc_redirect_wrong", settings.oidc_redirect, expected_path)
    secret = read_private(file).decode("utf-8", "replace").strip()
    return OidcClient(settings, secret, roles)
