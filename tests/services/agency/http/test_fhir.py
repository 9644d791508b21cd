"""A referral as FHIR R4 tasks: the state of each desk, nothing of a person, and an outside validator's word."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final, get_args

import pytest

from services.agency.office.responses.fhir import TaskState
from services.agency.office.responses.fhir_tasks import STAGES, tasks
from services.agency.office.responses.standing import (
    AcknowledgedStage,
    DeskState,
    DeskStatus,
    EventStatus,
)
from tests.samples import filed
from tests.services.agency.bench import serving
from tests.world import World

pytestmark = pytest.mark.anyio

AT: Final = "2026-12-01T08:00:00Z"
EVENT: Final = "01939e3a-0000-7000-8000-000000000001"
SPECIFICATION: Final = Path(__file__).parents[4] / "docs" / "specification"
VALIDATOR: Final = Path(__file__).parent / "fhir_validator"


def duty(act: str, state: str) -> dict[str, Any]:
    """Something that the CRIP owes."""
    return {
        "id": act, "act": act, "event": EVENT, "issuer": "edu-s", "debtor": "crip", "creditor": "edu-s",
        "due": AT, "legal": True, "realm": "civil", "case": "A" * 43, "state": state, "overdue": False,
    }  # fmt: skip


def status(
    *stages: str, desk: DeskState = "delivered", event: str = "decided", **more: Any
) -> EventStatus:
    """An event to the CRIP that stands so; `more` is of the desk, but for `duties`."""
    duties = more.pop("duties", ())
    told = [AcknowledgedStage(stage=one, at=AT, event=EVENT) for one in stages]
    to = DeskStatus(desk="crip", state=desk, purpose="assess", acknowledged=tuple(told), **more)
    return EventStatus.model_validate(
        {
            "event": EVENT, "type": "IP", "realm": "civil", "case": "A" * 43, "issued": "2026-11-27T16:40:00Z",
            "state": event, "attempt": False, "withdrawn": bool(to.withdrawn), "overdue": False,
            "to": [to], "duties": duties,
        }
    )  # fmt: skip


STANDS: Final[dict[str, tuple[EventStatus, TaskState, str]]] = {
    "not decided": (status(desk="published", event="published"), "requested", "published"),
    "delivered": (status(), "requested", "delivered"),
    **{stage: (status("received", stage), state, stage) for stage, state in STAGES.items()},
    "another stage": (status("received", "withdrawn"), "received", "received"),
    "in part": (
        status("received", duties=(duty("R39:final", "open"), duty("R39", "closed"))),
        "in-progress",
        "answered_in_part",
    ),
    "owed": (status("received", duties=(duty("R39:final", "open"),)), "received", "received"),
    "answered": (
        status("accepted", duties=(duty("R39:final", "closed"),)),
        "completed",
        "answered",
    ),
    "receipts alone": (
        status("received", duties=(duty("ACK:received", "closed"),)),
        "received",
        "received",
    ),
    "declined and closed": (
        status("declined", duties=(duty("R39:final", "closed"),)),
        "rejected",
        "declined",
    ),
    "withheld": (
        status(desk="withheld", reasons=("not_informed",)),
        "rejected",
        "withheld",
    ),
    "left out": (status(desk="left_out", reasons=("not_read",)), "rejected", "left_out"),
    "refused": (status(desk="refused", event="refused"), "rejected", "refused"),
    "put aside": (
        status(desk="published", event="quarantined"),
        "on-hold",
        "quarantined",
    ),
    "withdrawn": (status("accepted", withdrawn=True), "cancelled", "withdrawn"),
}


@pytest.mark.parametrize("how", STANDS)
def test_where_it_stands_is_a_state_of_fhir(how: str) -> None:
    """Row by row of use §2.5."""
    stands, state, own = STANDS[how]

    (entry,) = tasks(stands, "edu-s", 1_796_000_000).entry or ()

    assert entry.resource.status == state
    assert [one.code for one in entry.resource.standing.coding] == [own]


def test_every_state_is_reached_and_the_page_has_each_word() -> None:
    """The table of the specification is the code's."""
    page = SPECIFICATION.joinpath("use").with_suffix(".md").read_text(encoding="utf-8")
    table = page.partition("### 2.5")[2].partition("\n## ")[0]

    assert {state for _, state, _ in STANDS.values()} == set(get_args(TaskState))
    for _, state, own in STANDS.values():
        (row,) = (line for line in table.splitlines() if line.startswith(f"| `{state}`"))
        assert f"`{own}`" in row


async def told(world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    """A report's tasks and status, over HTTP, once its desks have it."""
    world.clock.advance(85 * 86_400)  # samples tell of November 2026
    async with serving("education", world) as bench:
        record = filed("education", "information_preoccupante", "EDU-S")
        event = (await bench.post("edu-s", record)).json()["events"][0]
        bench.settle()
        answer = await bench.get("edu-s", f"/v1/referrals/{event}/tasks")
        assert answer.headers["content-type"] == "application/fhir+json"
        assert (await bench.get("edu-h-1", f"/v1/referrals/{event}/tasks")).status_code == 404
        return answer.json(), (await bench.get("edu-s", f"/v1/referrals/{event}")).json()


async def test_it_names_no_person_and_no_case() -> None:
    """Desks, codes and instants; the case's token stays on the bus."""
    bundle, stands = await told(World())

    text = json.dumps(bundle)
    assert stands["case"] not in text
    assert "CANARY" not in text  # which the record has in each text
    assert "reference" not in text
    (task,) = (entry["resource"] for entry in bundle["entry"])
    assert task["owner"]["identifier"]["value"] == "urn:relais:civil:desk:crip"
    assert task["requester"]["identifier"]["value"] == "urn:relais:civil:desk:edu-s"
    assert "for" not in task


def _validator() -> list[str]:
    """HAPI FHIR's own, by the Maven of the machine; skips without, which continuous integration does not."""
    maven = shutil.which("mvn")
    if maven is None or shutil.which("javac") is None:
        tell = pytest.fail if "RELAIS_CI" in os.environ else pytest.skip
        tell("no Maven and JDK: apt-get install maven openjdk-17-jdk-headless")
    return [str(maven), "-q", "-B"]


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the validator finds in documents, by name: those that are errors."""
    folder = tmp_path_factory.mktemp("fhir")
    shutil.copytree(VALIDATOR, folder, dirs_exist_ok=True)
    run = [*_validator(), "compile", "dependency:build-classpath", "-Dmdep.outputFile=classpath"]
    built = subprocess.run(
        run, cwd=folder, capture_output=True, text=True, check=False, timeout=600
    )
    assert built.returncode == 0, built.stdout[-2000:]
    classes = f"target/classes{os.pathsep}{(folder / 'classpath').read_text()}"

    def asked(documents: dict[str, Any]) -> dict[str, list[str]]:
        for name, one in documents.items():
            (folder / f"{name}.json").write_text(json.dumps(one))
        files = [f"{name}.json" for name in documents]
        done = subprocess.run(
            ["java", "-cp", classes, "Validate", *files],
            cwd=folder, capture_output=True, text=True, check=True, timeout=300,
        )  # fmt: skip
        found: dict[str, list[str]] = {name: [] for name in documents}
        for line in done.stdout.splitlines():
            name, _, rest = line.partition(".json\t")
            found[name].append(rest)
        return found

    return asked


@pytest.mark.slow
async def test_an_outside_validator_takes_every_state(findings: Any) -> None:
    """HAPI FHIR, R4's own definitions, offline: no error in any; a state that FHIR has not, and a member, are errors."""
    over_http, _ = await told(World())
    documents = {
        how.replace(" ", "-"): tasks(stands, "edu-s", 1_796_000_000).wire()
        for how, (stands, _, _) in STANDS.items()
    } | {"over-http": over_http}
    broken = {name: json.loads(json.dumps(over_http)) for name in ("state", "member")}
    broken["state"]["entry"][0]["resource"]["status"] = "delivered"
    broken["member"]["entry"][0]["resource"]["desk"] = "crip"

    found = findings(documents | broken)

    assert {name for name, errors in found.items() if errors} == set(broken)
