"""What cannot be sent is told where it is mended, and never ends in a page without a way on."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.samples import sample
from tests.services.agency.desk.kit import Worker, concern, opened, text
from tests.services.agency.http.test_discovery import EXAMPLES_AT
from tests.world import World

PAST = {"due": "2026-08-01"}
BOTH = {"young_person": {"known_as": "Zoé", "birth_date": "2011-05-14", "age": 15}}


@pytest.mark.parametrize(
    ("agency", "desk", "kind", "changes", "told"),
    [
        ("association", "asso", "signalement", {}, {"call": "L’appel ne peut pas"}),
        ("association", "asso", "information_preoccupante", {"reference": ""},
         {"reference": "Destinataire : Service crip"}),
        ("child_welfare", "ase", "coordination_invitation", {"to": [], "reference": ""},
         {"to": "", "reference": ""}),
        ("association", "asso", "evaluation_report", BOTH,
         dict.fromkeys(("young_person.birth_date", "young_person.age"), "l’une ou l’autre, pas")),
        ("association", "asso", "progress_report", {"month": "2026-10", "planned": 4, "kept": 9},
         {"month": "Ce mois n’est pas encore venu", "kept": "dépasser ce qui était prévu"}),
        ("child_welfare", "crip", "contribution_request", PAST, {"due": "Ce jour est passé"}),
        ("association", "asso", "information_preoccupante", {"confidences": "é" * 9999},
         {"confidences": "Trop de caractères : 2 000 au plus"}),
    ],
)  # fmt: skip
async def test_a_fault_leads_to_its_field(
    agency: str, desk: str, kind: str, changes: dict[str, Any], told: dict[str, str], tmp_path: Path
) -> None:
    """Each with its label and a link to it, in the form's order; what was written stays."""
    async with opened(agency, tmp_path) as pages, pages.as_(desk) as worker:
        page = await worker.filled(sample(agency, kind, "Canary") | changes)

    assert page.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert "Canary" in page.text
    assert 'maxlength="120"' not in page.text, "a browser would cut at it, and say nothing"
    places = [page.text.index(f'id="f-{name}"') for name in told]
    assert places == sorted(places)
    for name, words in told.items():
        assert f'href="#f-{name}"' in page.text
        assert words in text(page)


async def test_a_form_offers_those_to_whom_a_clause_lets_it_go(tmp_path: Path) -> None:
    """The prosecutor is not among those whom the ASE may invite, and is named as such."""
    async with opened("child_welfare", tmp_path) as council, council.as_("ase") as ase:
        form = await ase.get("/desk/write/coordination_invitation")
        runaway = text(await ase.get("/desk/write/runaway"))

    offered = re.findall(r'name="to" value="([^"]+)"', form.text)
    assert {"home-1", "crip"} <= {*offered}
    assert not {"parq-civ", "je", "pol", "ase"} & {*offered}
    assert re.search("Aucune clause ne vous permet de l’adresser à : [^.]*parquet", text(form))
    assert "Signes de danger codés, pour la police seule" in runaway
    assert runaway.count(">Ce qui signale un danger<") == 1, "of one’s own appraisal"
    assert "destinataires habituels" not in runaway, "a hint of recipients beside a call"


async def test_another_row_is_shown_where_it_was_added(worker: Worker) -> None:
    """And not the top of a long form."""
    form = await worker.get("/desk/write/information_preoccupante")

    assert re.search('value="more:observations" formaction="[^"]*#f-observations"', form.text)


async def test_what_is_missing_is_named_beside_the_form(worker: Worker) -> None:
    """While she writes, each with a link to its field."""
    record = concern() | {"reference": "", "told": {"parents": "told"}}
    page = await worker.filled(record, "preview")

    assert re.findall(r'<li><a href="#f-([^"]+)">', page.text) == ["reference", "told.minor"]


@pytest.mark.parametrize(
    ("agency", "desk", "kind", "words"),
    [
        ("justice", "parq-civ", "opp", "sert à choisir le destinataire"),
        ("association", "asso", "evaluation_report", "par exemple pour les délais"),
    ],
)
async def test_what_is_no_content_says_what_it_is_for(
    agency: str, desk: str, kind: str, words: str, tmp_path: Path
) -> None:
    """To which home a child goes, whether a report is the last: not that it stays here."""
    world = World()
    world.clock.advance(EXAMPLES_AT)
    async with opened(agency, tmp_path, world) as pages, pages.as_(desk) as worker:
        page = text(await worker.filled(sample(agency, kind, "Canary")))

    assert words in page
    assert "ne s’en sert pas" not in page


async def test_a_child_stays_named_over_a_chain_of_sendings(tmp_path: Path) -> None:
    """The judge is seized after an order, which went on from an alert that names the child."""
    world = World()
    world.clock.advance(EXAMPLES_AT)
    event = world.post("edu-s", sample("education", "signalement", "Canary")).events[0]
    world.settle()
    async with opened("justice", tmp_path, world) as court, court.as_("parq-civ") as prosecutor:
        for kind in ("opp", "judge_seizure"):
            record = sample("justice", kind, "Canary", answers=None, reference=None)
            form = await prosecutor.get(f"/desk/write/{kind}?answers={event}")
            assert "Chloé Canary" in text(form), "while it is written"
            event = await prosecutor.delivered(record, f"?answers={event}")
        listed = text(await prosecutor.get("/desk/sendings"))
        receipt = text(await prosecutor.get(f"/desk/sendings/{event}"))

    assert listed.count("Chloé Canary") == 2
    assert "Chloé Canary" in receipt


async def test_what_goes_on_from_an_event_is_begun_from_there(worker: Worker) -> None:
    """Not from the list; a form without it says so, and nothing of it can be sent."""
    kind = "signalement_copy"
    record = sample("association", kind, "Canary", answers=None, call=None)
    kinds = await worker.get("/desk/write")
    home = await worker.get("/desk")
    checked = await worker.filled(record)
    sent = await worker.filled(record, "send")

    assert f"/desk/write/{kind}" not in kinds.text + home.text
    assert "Ouvrez d’abord l’envoi" in text(kinds)
    assert "commencez de là" in text(checked)
    assert '"#f-answers"' not in checked.text
    assert checked.status_code == sent.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert worker.desk.bench.writes.batches == []


@pytest.mark.parametrize(
    ("agency", "desk", "kind", "offered"),
    [
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


async def test_a_list_tells_a_pair_apart(tmp_path: Path) -> None:
    """What was begun, and what ends it."""
    world, desk = World(), "parq-civ"
    world.clock.advance(EXAMPLES_AT)
    event = world.post(desk, sample("justice", "opp", "Canary")).body["events"][0]
    world.clock.advance(1)
    ends = {"ends": [{"issuer": desk, "event": event}]}
    world.post(desk, sample("justice", "measure_end", "Canary") | ends)
    async with opened("justice", tmp_path, world) as pages, pages.as_(desk) as worker:
        page = await worker.read("/sendings")

    titles = re.findall(r'/sendings/[^"]+">([^<]+)</a>', page)
    assert titles == ["Fin d’une mesure", "Ordonnance de placement provisoire"]


async def test_a_receipt_waits_for_the_bus_and_tells_its_silence(
    worker: Worker, crip: Worker
) -> None:
    """Neither refused nor for ever on its way: a link looks again; then silence is told.

    So is that of an answer, which is asked for no second time.
    """
    sent = await worker.pressed(await worker.filled(concern()), "send")
    begun = time.monotonic()
    receipt = await worker.get(sent.headers["location"])
    waited = time.monotonic() - begun
    worker.desk.bench.world.clock.advance(61)
    silent = text(await worker.get(str(receipt.url.path)))
    worker.desk.bench.settle()
    path = str(receipt.url.path).replace("sendings", "inbox")
    await crip.acknowledged(path)
    worker.desk.bench.world.clock.advance(61)
    answer = text(await crip.get(path))

    assert waited > 1, "the bus had time to answer"
    assert f'href="{receipt.url.path}"' in receipt.text
    assert "Vérifier s’il est arrivé" in text(receipt)
    assert 'class="change"' in receipt.text
    assert "Le bus n’a pas dit ce qu’il en est advenu" in silent
    assert "Vérifier s’il est arrivé" not in silent
    assert "Le bus n’a pas dit ce qu’est devenue votre réponse" in answer
    assert not re.search("Votre réponse est en route|Vous devez un accusé|l’avons reçu", answer)
