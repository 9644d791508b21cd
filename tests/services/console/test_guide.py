"""The section of the operators' guide that an alert points to, as a page of the console."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
import yaml

from services.console import guide
from services.operate.status.alerts import FILE
from tests.services.console.crawler import Elements
from tests.services.console.kit import OpenConsole
from tests.services.operate.status.test_told import BUSY

pytestmark = pytest.mark.anyio


async def test_every_alert_leads_to_its_section(tmp_path: Path) -> None:
    """Those that stand on the page by a link, and all that there are."""
    rules = [
        rule
        for group in yaml.safe_load(FILE.read_text("utf-8"))["groups"]
        for rule in group["rules"]
    ]
    anchors = {rule["annotations"]["runbook"].partition("#")[2] for rule in rules}
    console = OpenConsole(tmp_path, BUSY)
    async with console.as_("operator") as browser:
        links = Elements((await browser.get("/alerts")).text).links
        sections = {anchor: await browser.get(f"/guide/{anchor}") for anchor in sorted(anchors)}
        overdue = sections["duties-overdue"].text
    console.close()

    linked = {link for link in links if link.startswith("/guide/")}
    assert linked
    assert linked <= {f"/guide/{anchor}" for anchor in anchors}
    assert {answer.status_code for answer in sections.values()} == {httpx.codes.OK}
    assert re.search(
        r'<article lang="en">\s*<h2>Duties overdue</h2>\s*<p>Nothing to operate', overdue
    )


async def test_whoever_sees_no_action_sees_no_guide(tmp_path: Path) -> None:
    """Nor is there a section that there is not; without a session one signs in."""
    console = OpenConsole(tmp_path, BUSY)
    async with console.as_("operator") as browser:
        none = await browser.get("/guide/no-such-section")
    async with console.as_("committee") as browser:
        unseen = await browser.get("/guide/quarantine")
    async with console.client() as nobody:
        outside = await nobody.get("/guide/quarantine")
    console.close()

    assert (none.status_code, unseen.status_code) == (httpx.codes.NOT_FOUND,) * 2
    assert outside.status_code == httpx.codes.SEE_OTHER


def test_elements_in_the_file_are_text_and_links_stay_in_the_guide() -> None:
    """Whoever writes the guide writes no page."""
    text = (
        "<script>x</script> [b](measured.md) [c](#drift) [d](javascript:x) ![e](https://x/y.png)\n"
    )

    html = str(guide._shown("Title", text))

    assert Elements(html).links == {"/guide/drift"}
    assert {tag for tag, _attrs in Elements(html).all} == {"p", "a"}
    assert "&lt;script&gt;" in html
