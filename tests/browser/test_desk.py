"""A desk's pages in Chromium: axe-core finds nothing, they fit a phone, no disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx
import pytest

from services.platform.process.metrics import Metrics
from tests.browser.browser import IN_CHROMIUM, Browser, browser
from tests.ports import in_thread, on_port
from tests.samples import sample
from tests.services.agency.desk.kit import PASSWORD, hidden, opened
from tests.services.agency.desk.test_situations import asked, followed
from tests.world import World

CANARY: Final = "Zoe-canary-4711"
OBSERVED: Final = f"L'é :  « 2000 € »\n{CANARY} cries."  # all that typography would touch
# Whether a browser would ask before this page is left.
LEAVING: Final = "!dispatchEvent(new Event('beforeunload', {cancelable: true}))"
PAGES: Final = (
    "sign_in", "home", "kinds", "form", "faults", "check", "depends", "door", "preview", "sent",
    "sendings", "withdraw", "inbox", "arrival", "answered", "duties", "nowhere", "ended",
    "handed_back", "situation",
)  # fmt: skip

pytestmark = [pytest.mark.slow, pytest.mark.node, IN_CHROMIUM]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Every page in French, with something to tell."""
    return asyncio.run(_shown(tmp_path_factory.mktemp("desk")))


async def _shown(folder: Path) -> dict[str, str]:
    world, pages = World(), dict[str, str]()

    async def keep(page: str, asked_for: Awaitable[httpx.Response]) -> httpx.Response:
        answer = await asked_for
        pages[page] = answer.text
        return answer

    concern = sample("association", "information_preoccupante", CANARY)
    async with (
        opened("association", folder, world) as asso,
        opened("child_welfare", folder, world) as council,
        opened("education", folder, world) as school,
    ):
        async with asso.browser() as nobody:
            await keep("sign_in", nobody.get("/desk/sign-in?lang=fr"))
        async with asso.as_("asso") as worker, council.as_("crip") as crip:
            for reader in (worker, crip):
                await reader.get("/desk?lang=fr")
            await keep("kinds", worker.get("/desk/write"))
            await keep("form", worker.get("/desk/write/information_preoccupante"))
            wrong = {**concern, "reference": "", "young_person": {"age": "old"}}
            await keep("faults", worker.filled(wrong))
            await keep("preview", worker.filled(concern, "preview"))
            check = await keep("check", worker.filled(concern))
            sent = await worker.pressed(check, "send")
            asso.bench.settle()
            where = sent.headers["location"]
            await keep("sent", worker.get(where))
            event = where.rpartition("/")[2].partition("?")[0]
            arrival = await keep("arrival", crip.get(f"/desk/inbox/{event}"))
            await keep("duties", crip.get("/desk/duties"))
            await keep("inbox", crip.get("/desk/inbox"))
            await keep("home", crip.get("/desk"))
            own = {"form": hidden(arrival.text)["form"], "stage": "received"}
            done = await crip.post(f"/desk/inbox/{event}/acknowledge", data=own)
            await keep("answered", crip.get(done.headers["location"]))
            await keep("sendings", worker.get("/desk/sendings"))
            await keep("withdraw", worker.get(f"/desk/sendings/{event}/withdraw"))
            await keep("nowhere", worker.get("/desk/nothing"))
            old = {**hidden(check.text), "form": "older"}
            path = str(check.url.path)
            await keep("handed_back", worker.post(path, data={**old, "do": "send"}))
            asso.pages.door.sessions.end_all("asso")
            await keep("ended", worker.pressed(check, "check"))
        async with school.as_("edu-s") as nurse:
            await nurse.get("/desk?lang=fr")
            note = sample("education", "police_notification", CANARY)
            await keep("door", nurse.filled(note))
        async with council.as_("home-1") as home:
            await home.get("/desk?lang=fr")
            note = sample("child_welfare", "incident_note", CANARY)
            await keep("depends", home.filled(note))
    async with opened("child_welfare", folder, followed()) as council, council.as_("ase") as ase:
        await ase.get("/desk?lang=fr")
        await keep("situation", asked(ase))
    return pages


@pytest.mark.parametrize("page", PAGES)
def test_a_page_breaks_no_rule_of_axe_and_fits_a_phone(
    chromium: Browser, pages: dict[str, str], page: str
) -> None:
    """Labels, names, contrast, landmarks, headings; at 320 px nothing moves sideways."""
    chromium.assert_accessible(pages[page])

    assert chromium.width(pages[page], 320) <= 320


@pytest.mark.parametrize("screen", [390, 1200, 1366])
def test_a_table_is_seen_whole(chromium: Browser, pages: dict[str, str], screen: int) -> None:
    """On a phone and on small desktop screens no table of a page moves sideways."""
    wide = "[...document.querySelectorAll('.scroll')].some(it => it.scrollWidth > it.clientWidth)"
    moving = list[str]()
    with chromium.sized(screen):
        for page in PAGES:
            chromium.show(pages[page])
            moving += [page] if chromium.run(wide) else []

    assert moving == []


def test_half_a_date_is_not_sent_as_none(chromium: Browser, pages: dict[str, str]) -> None:
    """The browser shows it, in a part that was folded too, and nothing is sent."""
    unfold = "document.querySelectorAll('details').forEach(it => it.open = {})"
    chromium.show(pages["form"])
    chromium.run(unfold.format("true"))
    chromium.press_at("[type=date]", "12")
    chromium.run(unfold.format("false"))
    chromium.press_at(".actions .main", "\n")

    assert chromium.run("document.activeElement.type") == "date"


def test_enter_in_a_field_checks_the_form(chromium: Browser, pages: dict[str, str]) -> None:
    """And does not press the button of the language, which stands above the form."""
    pressed = "addEventListener('submit', on => { by = on.submitter.value; on.preventDefault(); })"
    chromium.show(pages["form"])
    chromium.run(f"var by = ''; {pressed}")
    chromium.press_at("[name='reference']", "7\n")

    assert chromium.run("by") == "check"


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[str]:
    """An association's pages on a port, with a letter to it; the address."""
    world, metrics = World(), Metrics("association")
    async with (
        opened("child_welfare", folder, world) as council,
        opened("association", folder, world, hosts=("127.0.0.1",)) as asso,
        council.as_("ase") as ase,
    ):
        letter = sample("child_welfare", "specialist_referral", CANARY)
        assert (await ase.pressed(await ase.filled(letter), "send")).is_redirect
        council.bench.settle()
        async with on_port([asso.pages], metrics=metrics) as url:
            yield url
            council.bench.settle()
    (folder / "metrics").write_bytes(metrics.page() + asso.bench.parts.metrics.page())


def test_a_worker_writes_by_keyboard_and_leaves_nothing_on_any_disk(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Preview, check, send, read: then the canary is in no file, log or metric."""
    service, profile = tmp_path / "service", tmp_path / "profile"
    service.mkdir()
    with in_thread(served(service)) as url, browser(profile) as chromium:
        sign_in(chromium, url, "asso", "en")
        form = f"{url}/desk/write/information_preoccupante"
        chromium.go(form, "document.getElementById('sheet')")
        chromium.press_at("[name='reference']", "2026-114")
        chromium.press_at("[name='young_person.known_as']", CANARY)
        chromium.press_at("[name='observations.0.observed']", OBSERVED)
        for name, value in (("told.parents", "told"), ("told.minor", "told")):
            chromium.run(f"document.getElementsByName('{name}')[0].value = '{value}'")
        chromium.press_at("[name='confidences']", CANARY)
        chromium.until("document.querySelector('#preview table')")
        preview = chromium.run("document.getElementById('preview').innerText")
        asked_before_leaving = chromium.run(LEAVING)
        chromium.press_at(".actions .main", "\n")
        chromium.until("document.querySelector('h1').innerText === 'Check before sending'")
        carried = chromium.run("document.getElementsByName('observations.0.observed')[0].value")
        chromium.press_at(".actions .main", "\n")
        chromium.until("location.pathname.startsWith('/desk/sendings/')")
        receipt = chromium.run("document.querySelector('#content').innerText")
        asked_behind = chromium.run(LEAVING)
        chromium.go(f"{url}/desk/inbox", "document.querySelector('tbody a')")
        chromium.run("document.querySelector('tbody a').click()")
        chromium.until("document.querySelector('dl.told')")
        read = chromium.run("document.querySelector('#content').innerText")

    assert "What she or he told you in confidence" in preview
    assert "Sent." in receipt
    assert (asked_before_leaving, asked_behind) == (True, False)
    assert CANARY in read
    assert carried == OBSERVED
    told = "".join(capfd.readouterr())
    assert CANARY not in told
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(files) > 20
    for file in files:
        content = file.read_bytes()
        assert CANARY.encode() not in content, file
        assert CANARY.encode("utf-16-le") not in content, file


def sign_in(page: Browser, url: str, account: str, lang: str) -> None:
    """Open the first page as a desk."""
    page.go(f"{url}/desk/sign-in?lang={lang}", "document.getElementById('account')")
    page.press_at("[name='account']", account)
    page.press_at("[name='password']", f"{PASSWORD}\n")
    page.until("location.pathname === '/desk'")
