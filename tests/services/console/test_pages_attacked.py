"""Every page of every role: made-up words are text, lies are shown, links stay inside."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from prometheus_client.metrics import MetricWrapperBase

from services.console.roles import ROLES, Role, pages_of
from services.console.settings import COOKIE
from services.operate.status.ask import TOO_LARGE, Answer, Samples
from services.operate.status.state import FederationState, KafkaState, TopicState, federation
from services.platform.keys.keystore import hashed
from services.platform.process.metrics import Metrics
from tests.elements import Elements
from tests.services.console.crawler import crawl
from tests.services.console.kit import PASSWORD, OpenConsole
from tests.services.operate.status.pages import AT, BUSY, answer, calm

MARKUP: Final = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>"


async def shown(console: OpenConsole, role: Role) -> dict[str, httpx.Response]:
    """Each page of a role, in both languages."""
    pages = {}
    async with console.as_(role) as browser:
        for page in pages_of(role):
            path = "" if page == "overview" else page
            for lang in ("fr", "en"):
                pages[f"{page} {lang}"] = await browser.get(f"/{path}?lang={lang}")
    return pages


def all_metrics(metrics: Metrics, label: str, value: float) -> None:
    """Every figure that a service can tell, under a label and with a value that nobody would."""
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            named = [label] * len(metric._labelnames)
            child: Any = metric.labels(*named) if named else metric
            for told in ("set", "observe", "inc"):
                if hasattr(child, told):
                    if told != "inc" or value >= 0:
                        getattr(child, told)(value)
                    break


def made_up(label: str, value: float) -> FederationState:
    """A federation whose words are all made up by who took its services and brokers."""
    fill = partial(all_metrics, label=label, value=value)
    loops = {label: {"stalled": True, "lag": 3}}
    hostile = answer(label, fill, ready=False, failure=label, warnings=[label], loops=loops)
    silent = Answer(label, label, None, why=label)
    kafka = KafkaState(
        brokers=(label,), silent=(label,), behind=1, topics=(TopicState(label, 1, 1, 1, 1),)
    )  # fmt: skip
    drift = {label: (1, AT)}
    return federation(AT, [hostile, silent], kafka, drift, {label: 2}, 0)


@pytest.mark.parametrize("role", ROLES)
async def test_markup_in_every_coded_text_stays_text(tmp_path: Path, role: Role) -> None:
    """Name, version, code, topic, agency, realm, broker, warning: no element comes of one."""
    with closing(OpenConsole(tmp_path, calm())) as console:
        plain = {page: Elements(told.text) for page, told in (await shown(console, role)).items()}
    with closing(OpenConsole(tmp_path, made_up(MARKUP, 3))) as console:
        console.watch.take(made_up(MARKUP, 5))
        hostile = await shown(console, role)

    for page, told in hostile.items():
        assert told.status_code == httpx.codes.OK, page
        elements = Elements(told.text)
        assert not {"script", "img"} & elements.tags, page
        names = {name for _, attrs in elements.all for name in attrs}
        assert not [name for name in names if name.startswith("on")], page
        assert {*elements.values("href", "a")} == {*plain[page].values("href", "a")}, page
    assert "&lt;script&gt;alert(1)" in hostile["overview en"].text


async def answers(folder: Path, *states: FederationState) -> set[int]:
    """Codes of each page of each role, once a console has seen these one after another."""
    with closing(OpenConsole(folder, None)) as console:
        for state in states:
            console.watch.take(state)
        pages = [told for role in ROLES for told in (await shown(console, role)).values()]
    return {told.status_code for told in pages}


@pytest.mark.parametrize("value", [-1.0, TOO_LARGE - 1, 1e-300, 253_402_300_800.0])
async def test_figures_that_nobody_would_tell_take_no_page_away(
    tmp_path: Path, value: float
) -> None:
    """Below nothing, beyond every year: each page of each role answers."""
    states = made_up("civil", value), made_up("civil", -value)

    assert await answers(tmp_path, *states) == {httpx.codes.OK}


async def test_a_figure_without_its_labels_takes_no_page_away(tmp_path: Path) -> None:
    """A service that says less than it should: whoever counts by a label finds none."""
    page = answer("x", lambda metrics: all_metrics(metrics, "x", 3)).samples
    bare = "".join(f"# TYPE {name} gauge\n{name} 3\n" for name in page.rows)
    strange = Answer("education", "http://127.0.0.1:1", {}, Samples.read(bare))
    health = {"ready": 7, "loops": 1, "warnings": "x", "failure": []}
    state = calm(strange, Answer("audit", "http://127.0.0.1:1", health))

    assert len(page.rows) > 40
    assert await answers(tmp_path, state, state) == {httpx.codes.OK}


@pytest.mark.parametrize("role", ROLES)
async def test_a_crawler_finds_the_role_s_pages_and_no_others(tmp_path: Path, role: Role) -> None:
    """Every link answers; no secret is on any page; what is not the role's is not linked."""
    with closing(OpenConsole(tmp_path, BUSY)) as console:
        async with console.as_(role) as browser:
            found = await crawl(browser)
            told = "".join(done.text for done in found.values())
            secrets = [browser.cookies[COOKIE], PASSWORD, hashed(PASSWORD), "Traceback"]

    assert {done.status_code for done in found.values()} == {httpx.codes.OK}
    reached = {target.partition("?")[0].split("/")[1] or "overview" for target in found}
    assert reached == set(pages_of(role))
    assert [secret for secret in secrets if secret in told] == []
