"""Links between documents lead somewhere."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")


@cache
def anchors(page: Path) -> set[str]:
    """Those of the headings of a page, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def pages() -> list[Path]:
    """Every page in Markdown of the repository."""
    names = subprocess.check_output(["git", "ls-files", "*.md"], cwd=ROOT, text=True)
    return [ROOT / name for name in names.splitlines() if (ROOT / name).exists()]


def leads(page: Path, link: str) -> bool:
    """Whether a link of a page leads to a file, and to a heading if it names one."""
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    return target.exists() and (not anchor or anchor in anchors(target))


def test_every_link_between_documents_leads_somewhere() -> None:
    """By file and by heading; addresses on the network are not asked."""
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages()
        for link in _LINK.findall(page.read_text("utf-8"))
        if "://" not in link and not link.startswith("mailto:") and not leads(page, link)
    ]

    assert len(pages()) > 10
    assert broken == []


def test_every_alert_leads_to_its_runbook() -> None:
    """By file and by heading, as `relais status` and the console show it."""
    rules = (ROOT / "deploy/prometheus/alerts.yaml").read_text("utf-8")
    runbooks = set(re.findall(r"runbook: (\S+)", rules))

    assert len(runbooks) > 5
    assert [link for link in sorted(runbooks) if not leads(ROOT / "README.md", link)] == []
