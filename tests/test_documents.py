"""Links between documents, and citations of the specification, lead somewhere.

A citation is a page and a number, `envelope §4.2`; several of one page share its name (`keys §2.3,
§2.4`, `rules §2 to §4`). Within a page of the specification a number alone is enough.
"""

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
    return [path for path in tracked() if path.suffix == ".md"]


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


FOLDER: Final = ROOT / "docs" / "specification"
PAGES: Final = sorted(path.stem for path in FOLDER.glob("*.md") if path.stem != "README")
_HEADING: Final = re.compile(r"^#{2,3} (\d+(?:\.\d+)*)\.? (.+)$", re.MULTILINE)
_NUMBER: Final = r"§(\d+(?:\.\d+)*)"
_MORE: Final = rf"(?:(?:,| and| to| ·) {_NUMBER})*".replace("(\\d", "(?:\\d")
_CITED: Final = re.compile(rf"\b({'|'.join(PAGES)})\s+(§[\d.]*\d{_MORE})")
_FOREIGN: Final = re.compile(rf"\bRFC \d+ {_NUMBER}")  # another standard's section


@cache
def sections(page: str) -> dict[str, str]:
    """Number of each section of a page -> its text, subsections included."""
    text = (FOLDER / f"{page}.md").read_text("utf-8")
    found, headings = {}, list(_HEADING.finditer(text))
    assert len({heading[1] for heading in headings}) == len(headings)
    for heading in headings:
        own = heading[1]
        inside = [one for one in headings if one.start() > heading.start()]
        end = next((one.start() for one in inside if not one[1].startswith(own + ".")), len(text))
        found[own] = text[heading.start() : end]
    return found


def tracked() -> list[Path]:
    """Every text file of the repository in which something may be cited."""
    words = ["git", "ls-files", "-co", "--exclude-standard"]
    names = subprocess.check_output(words, cwd=ROOT, text=True).splitlines()
    endings = {".md", ".mjs", ".py", ".sh", ".toml", ".yaml", ".yml"}
    paths = [ROOT / name for name in names]
    return [path for path in paths if path.suffix in endings and path.exists()]


def unresolved(path: Path, text: str) -> list[str]:
    """The citations of a text that lead nowhere, with their lines."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        left = _FOREIGN.sub("", line)
        for cited in _CITED.finditer(left):
            wanted = re.findall(_NUMBER, cited[2])
            found += [
                f"{number}: {cited[1]} §{one}" for one in wanted if one not in sections(cited[1])
            ]
        left = _CITED.sub("", left)
        own = sections(path.stem) if path.parent == FOLDER and path.stem in PAGES else {}
        found += [f"{number}: §{one}" for one in re.findall(_NUMBER, left) if one not in own]
        left = re.sub(_NUMBER, "", left)
        found += [f"{number}: a section without a number"] * left.count("§")
    return found


def test_every_citation_leads_to_a_section() -> None:
    """In code, tests and documents; a section sign without its page counts as one that does not."""
    this = Path(__file__)
    faults = {
        str(path.relative_to(ROOT)): found
        for path in tracked()
        if path != this and (found := unresolved(path, path.read_text("utf-8")))
    }

    assert faults == {}
