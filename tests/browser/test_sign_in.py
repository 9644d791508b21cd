"""Signing in by a provider in Chromium: its cookies come along there and back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.console.roles import ROLES
from services.console.settings import ConsoleSettings
from services.platform.browser.sign_in.client import BACK, OidcClient, read_client
from services.platform.browser.sign_in.provider import Provider
from tests.browser.browser import IN_CHROMIUM, Browser, browser
from tests.go.zitadel_server import PASSWORD, zitadel
from tests.ports import free_port, in_thread, on_port
from tests.services.console.kit import OpenConsole
from tests.services.operate.status.pages import BUSY
from tests.services.platform.browser.sign_in.conftest import patient

__all__ = ["patient"]  # a fixture
pytestmark = [pytest.mark.slow, pytest.mark.node, IN_CHROMIUM]


@asynccontextmanager
async def served(folder: Path, port: int, client: OidcClient) -> AsyncIterator[None]:
    """A console on a port."""
    provider = Provider(client)
    console = OpenConsole(folder, BUSY, provider)
    async with on_port(console.routes.all, port):
        yield
    await provider.close()
    console.close()


def test_a_person_signs_in_at_another_site_and_comes_back_to_the_overview(
    go_program: Callable[..., Path], tmp_path: Path
) -> None:
    """By clicking and typing; the console is `localhost`, so the provider is another site."""
    port = free_port()
    url = f"http://localhost:{port}"
    with zitadel(
        go_program("zitadel"),
        tmp_path,
        url + BACK,
        operator=["operator"],
        two=["operator", "auditor"],
    ) as provider:
        client = read_client(ConsoleSettings(**provider.settings(url + BACK)), ROLES)
        page = in_thread(served(tmp_path, port, client))
        with page, browser(tmp_path / "profile") as chromium:
            chromium.go(f"{url}/sign-in?lang=en", "document.querySelector('main p a')")
            faults = [*_typed(chromium, url, "two", "document.querySelector('[role=alert]')")]
            faults += _typed(chromium, url, "operator", "document.title === 'Overview · Relais'")
            shown = chromium.run("location.pathname + document.querySelector('nav').innerText")
            cookies = chromium.run("document.cookie")

    assert shown.startswith("/")
    assert "Sign out operator" in shown
    assert "relais-session" not in cookies
    assert faults == []


def _typed(chromium: Browser, url: str, account: str, then: str) -> list[tuple[str, str]]:
    """Click, type at the provider's, wait; what axe-core finds on the page before."""
    chromium.until(f"location.origin === '{url}' && document.querySelector('main p a')")
    faults = chromium.violations()
    chromium.run(
        "[...document.querySelectorAll('main a')].find(it => it.pathname === "
        "'/sign-in/provider').click()",
    )
    chromium.until("document.querySelector('[name=username]')")
    chromium.press_at("[name=username]", account)
    chromium.press_at("[name=password]", f"{PASSWORD}\n")
    chromium.until(f"location.origin === '{url}' && {then}")
    return faults
