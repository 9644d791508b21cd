"""A newcomer, from a bare checkout to a green report and a real federation, with the README's lines alone.

No line is of this module: it takes them out of README.md, in their order, and says what each must show. What `make`
would fetch first (`.venv`, Apache Kafka) is what these tests run with; the newcomer's client is `examples/http`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import orjson
import pytest

from services.play.kafka.fetch import fetch_jars
from tests.patience import PATIENCE
from tests.shell import ROOT, commands, environment, part, running, typed, until

LINES: Final = [
    line
    for heading in ("### Your own software", "## A Kafka-direct partner")
    for line in commands(part(heading))
]
SANDBOX: Final = "relais sandbox"
UP: Final = "relais up"
JOINED: Final = "relais up --home .relais-joining --tls"
FOLLOWS: Final = "python3 examples/python/partner.py run --directory day-centre"
STAYS: Final = {  # what each says when it is there
    SANDBOX: "Ctrl-C ends it",
    UP: "Ctrl-C stops everything",
    JOINED: "Ctrl-C stops everything",
    FOLLOWS: '"notice": "decided"',
}
DELIVERED: Final = '"verdict": "release"'
ACKNOWLEDGED: Final = '"notice": "acknowledged"'
USUAL: Final = "http://127.0.0.1:8420"
CLIENT: Final = "python3 examples/http/school.py"
_NAMES: Final = re.compile(r"[A-Z]+=")


class Step(NamedTuple):
    """A line of the README.

    Attributes:
        begins: what it begins with.
        shows: what it must say.
        again: it shows what another desk does, which takes a moment: it may be typed again.
    """

    begins: str
    shows: tuple[str, ...] = ()
    again: bool = False


BEFORE: Final = (  # without Kafka
    Step(SANDBOX),
    Step("relais send", ("published", "→ crip: release by R01")),
    Step("relais referrals", ("received", "child-concern alert"), again=True),
    Step("curl", ('"word":"late"', '"clock"')),
    Step(CLIENT, ("published", "crip delivered", "came ")),
    Step("relais conformance run kit-http", (" 0 failed",)),
)
BY_FILES: Final = (
    Step("relais conformance plan"),
    Step("relais conformance run kit", ("The cases are in kit",)),
)
IN_EARNEST: Final = (
    Step(UP),
    Step("SCHOOL="),
    Step(CLIENT, ("published", "crip delivered")),
    Step("relais acknowledge", ("accepted",), again=True),
    Step(CLIENT, ("crip delivered accepted",), again=True),
)
JOINING: Final = (
    Step(JOINED),
    Step("BUS="),
    Step("relais partner new", ("is for the owners; it holds no secret", "R05")),
    Step("relais partner answer", ("answer.json is for the partner", "Day centre")),
    Step("relais partner join", ("day-centre can begin", "R05")),
    Step("relais directory sign", ("version 2",)),
    Step("relais directory adopt"),
    Step("python3 examples/python/partner.py run -", ("published",)),
)
ANSWERED: Final = (
    Step(FOLLOWS),
    Step('relais acknowledge "$(relais inbox --home .relais-joining', ("accepted",), again=True),
)
STEPS: Final = (*BEFORE, *IN_EARNEST, *BY_FILES, *JOINING, *ANSWERED)
TYPED: Final = dict(zip(STEPS, LINES, strict=False))


class Newcomer:
    """Who types the README's lines in a checkout, one after the other, and looks at what they show."""

    def __init__(self, checkout: Path) -> None:
        self.folder = checkout
        self.programs = environment(str(checkout / ".venv" / "bin"), checkout)
        self.address = ""  # of the sandbox, where somebody else has the usual one
        self._named: list[str] = []  # lines that give something a name, for those that follow

    def does(self, steps: Sequence[Step]) -> None:
        """Type the lines of these steps, but what stays: each ends with 0 and shows what it must."""
        for step in steps:
            line = TYPED[step]
            if _NAMES.match(line):
                self._named.append(line)
            elif line not in STAYS:
                done = self._typed(line, step)
                assert done.returncode == 0, (line, done.stdout, done.stderr)
                assert [word for word in step.shows if word not in done.stdout] == [], (line, done)

    def _typed(self, line: str, step: Step) -> subprocess.CompletedProcess[str]:
        asked = "\n".join((*self._named, line)).replace(USUAL, self.address or USUAL)
        if step.again:
            return until(step.shows[0], asked, self.folder, self.programs)
        return typed(asked, self.folder, self.programs)

    @contextmanager
    def beside(self, line: str) -> Iterator[Callable[[str], None]]:
        """While what a line starts runs, in another shell; given is what waits until it says some words."""
        with running(line, STAYS[line], self.folder, self.programs) as says:
            yield says


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory: pytest.TempPathFactory) -> Newcomer:
    """With what is in the repository and nothing that was built, but the environment that `make` makes."""
    folder = tmp_path_factory.mktemp("newcomer") / "relais"
    subprocess.run(
        ["git", "clone", "--quiet", str(ROOT), str(folder)], check=True, timeout=PATIENCE
    )
    (folder / ".venv").symlink_to(Path(sys.prefix))
    return Newcomer(folder)


def test_each_line_has_its_step() -> None:
    """In the README's order; none is left out, and none is ours."""
    begins = [step.begins for step in STEPS]

    assert len(LINES) == len(STEPS)
    assert [
        line for line, begin in zip(LINES, begins, strict=True) if not line.startswith(begin)
    ] == []


@pytest.mark.slow
def test_from_a_checkout_to_a_green_report(newcomer: Newcomer) -> None:
    """A sandbox, a first sending and its answer, and the kit passed over HTTP by the example's client."""
    with newcomer.beside(SANDBOX):
        addresses = newcomer.folder / ".relais-sandbox" / "addresses.json"
        newcomer.address = orjson.loads(addresses.read_bytes())["education"]
        newcomer.does(BEFORE)
    newcomer.does(BY_FILES)

    report = orjson.loads((newcomer.folder / "kit-http" / "report.json").read_bytes())
    assert report["passed"]


@pytest.mark.kafka
@pytest.mark.slow
def test_from_a_checkout_to_the_real_federation(newcomer: Newcomer) -> None:
    """The same client sends and is answered over Apache Kafka; then a desk of other code joins by two files, and it is too."""
    fetch_jars()
    with newcomer.beside(UP):
        newcomer.does(IN_EARNEST)
    with newcomer.beside(JOINED):
        newcomer.does(JOINING)
        with newcomer.beside(FOLLOWS) as says:
            says(DELIVERED)
            newcomer.does(ANSWERED)
            says(ACKNOWLEDGED)
