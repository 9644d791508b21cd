"""What cannot be sent is told where it is mended, and never ends in a page without a way on."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.samples import sample
from tests.services.agency.desk.kit import filled, opened, pressed, text
from tests.services.agency.desk.test_flow import concern
from tests.services.agency.http.test_discovery import EXAMPLES_AT
from tests.world import World

PAST = {"due": "2026-08-01"}
BOTH = {"young_person": {"known_as": "Zoé", "birth_date": "2011-05-14", "age": 15}}


@pytest.mark.parametrize(
    ("agency", "desk", "kind", "changes", "told"),
    [
        ("association", "asso", "signalement", {}, {"call": "L’appel ne peut pas"}),
        ("association", "asso", "evaluation_report", BOTH,
         dict.fromkeys(("young_person.birth_date", "young_person.age"), "l’une ou l’autre, pas")),
        ("association", "asso", "progress_report", {"month": "2026-10", "planned": 4, "kept": 9},
         {"month": "Ce mois n’est pas encore venu", "kept": "dépasser ce qui était prévu"}),
        ("child_welfare", "crip", "contribution_request", PAST, {"due": "Ce jour est passé"}),
    ],
)  # fmt: skip
async def test_a_fault_leads_to_its_field(
    agency: str, desk: str, kind: str, changes: dict[str, Any], told: dict[str, str], tmp_path: Path
) -> None:
    """Each is named with its label, and is a link to it."""
    async with opened(agency, tmp_path, World()) as pages, pages.as_(desk) as worker:
        page = await filled(worker, sample(agency, kind, "Canary") | changes)

    assert page.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    for name, words in told.items():
        assert f'href="#f-{name}"' in page.text
        assert f'id="f-{name}"' in page.text
        assert words in text(page)


@pytest.mark.parametrize("kind", ["hearing_reply", "signalement_copy"])
async def test_what_goes_on_from_an_event_is_begun_from_there(kind: str, tmp_path: Path) -> None:
    """Not from the list; a form without it says so, and nothing of it can be sent."""
    record = sample("association", kind, "Canary", answers=None, call=None)
    async with opened("association", tmp_path, World()) as asso, asso.as_("asso") as worker:
        kinds = await worker.get("/desk/write")
        home = await worker.get("/desk")
        checked = await filled(worker, record)
        sent = await filled(worker, record, "send")

    assert f"/desk/write/{kind}" not in kinds.text + home.text
    assert "Ouvrez d’abord l’envoi" in text(kinds)
    assert "commencez de là" in text(checked)
    assert '"#f-answers"' not in checked.text
    assert checked.status_code == sent.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert asso.bench.writes.batches == []


@pytest.mark.parametrize(
    ("agency", "desk", "kind", "offered"),
    [
        ("education", "edu-s", "signalement", ["soit_transmis", "opp", "code"]),
        ("association", "psp", "signalement", ["soit_transmis", "opp"]),
        ("child_welfare", "crip", "crip_signalement",
         ["department_feedback", "soit_transmis", "judge_seizure"]),
    ],
)  # fmt: skip
async def test_an_alert_is_answered_only_as_a_clause_lets_it(
    agency: str, desk: str, kind: str, offered: list[str], tmp_path: Path
) -> None:
    """None lets the prosecutor tell street outreach what becomes of it, nor the CRIP by a code."""
    world = World()
    world.clock.advance(EXAMPLES_AT)
    event = world.post(desk, sample(agency, kind, "Canary")).events[0]
    world.settle()
    async with opened("justice", tmp_path, world) as court, court.as_("parq-civ") as prosecutor:
        page = await prosecutor.get(f"/desk/inbox/{event}")

    assert (
        re.findall(r'(?:<select id="|/desk/write/)(\w+)(?:" name|\?answers)', page.text) == offered
    )


@pytest.mark.parametrize(
    ("agency", "desk", "first", "then", "titles"),
    [
        ("child_welfare", "home-1", "runaway", "runaway_end",
         ["Fin de fugue", "Déclaration de fugue"]),
        ("child_welfare", "home-1", "signalement", "signalement_copy",
         ["Copie d’un signalement", "Signalement"]),
        ("child_welfare", "ase", "specialist_referral", "measure_end",
         ["Fin d’une mesure", "Suivi spécialisé"]),
        ("justice", "parq-civ", "opp", "measure_end",
         ["Fin d’une mesure", "Ordonnance de placement provisoire"]),
    ],
)  # fmt: skip
async def test_a_list_tells_a_pair_apart(
    agency: str, desk: str, first: str, then: str, titles: list[str], tmp_path: Path
) -> None:
    """What was begun, and what ends or copies it."""
    world = World()
    world.clock.advance(EXAMPLES_AT)
    event = world.post(desk, sample(agency, first, "Canary")).body["events"][0]
    refs = {"ends" if "end" in then else "answers": [{"issuer": desk, "event": event}]}
    world.clock.advance(1)
    world.post(desk, sample(agency, then, "Canary") | refs)
    async with opened(agency, tmp_path, world) as pages, pages.as_(desk) as worker:
        listed = re.findall(
            r'/sendings/[^"]+">([^<]+)</a>', text(await worker.get("/desk/sendings"))
        )

    assert listed == titles


async def test_a_receipt_waits_for_the_bus_and_tells_its_silence(tmp_path: Path) -> None:
    """Neither refused nor for ever on its way: a link looks again; then silence is told."""
    async with opened("association", tmp_path, World()) as asso, asso.as_("asso") as worker:
        sent = await pressed(worker, await filled(worker, concern()), "send")
        begun = time.monotonic()
        receipt = await worker.get(sent.headers["location"])
        waited = time.monotonic() - begun
        asso.bench.world.clock.advance(61)
        silent = text(await worker.get(str(receipt.url.path)))

    assert waited > 1, "the bus had time to answer"
    assert f'href="{receipt.url.path}"' in receipt.text
    assert "Vérifier s’il est arrivé" in text(receipt)
    assert 'class="change"' in receipt.text
    assert "Le bus n’a pas dit ce qu’il en est advenu" in silent
    assert "Vérifier s’il est arrivé" not in silent


async def test_an_attempt_is_no_sending(tmp_path: Path) -> None:
    """What is noted without content is neither sent nor on its way."""
    note = sample("education", "police_notification", "Canary")
    async with opened("education", tmp_path, World()) as school, school.as_("edu-s") as nurse:
        sent = await pressed(nurse, await filled(nurse, note), "send")
        receipt = text(await nurse.get(sent.headers["location"]))

    assert "Aucun contenu n’a été envoyé" in receipt
    assert not re.search("Envoyé\\.|Envoyé le|cheminement|en route", receipt)
