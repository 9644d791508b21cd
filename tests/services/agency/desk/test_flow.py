"""A worker without software of her own: she writes, sees who reads, sends, answers."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from contracts.vocabulary.scopes import AGENCIES
from services.platform.browser.sessions import Attempts
from services.platform.process.exit_codes import TransactionAbortedError
from tests.samples import desk_of, every_filing, filed, sample
from tests.services.agency.desk.kit import (
    _HIDDEN,
    DeskBench,
    delivered,
    encoded,
    filled,
    flat,
    hidden,
    opened,
    pressed,
    text,
)
from tests.services.agency.http.test_discovery import EXAMPLES_AT
from tests.world import World

# No form is for these; the last two answer what another desk has sent.
WITHOUT_FORM = ("withdrawal", "link", "unlink", "decision", "mjie_order")
# The form has its own, or shows it another way; and takes no picture.
OF_THE_FORM = ("call.reference", "answers.0.to", "appearance.photo.data", "appearance.photo.media")


@pytest.fixture
async def asso(tmp_path: Path) -> AsyncIterator[DeskBench]:
    """The associations' service."""
    async with opened("association", tmp_path, World()) as desk:
        yield desk


@pytest.fixture
async def council(asso: DeskBench, tmp_path: Path) -> AsyncIterator[DeskBench]:
    """The child welfare service of the same world."""
    async with opened("child_welfare", tmp_path, asso.bench.world) as desk:
        yield desk


def concern() -> dict[str, object]:
    """What an association files."""
    return sample("association", "information_preoccupante", "Canary")


async def test_she_sees_who_reads_which_line_before_anything_is_sent(asso: DeskBench) -> None:
    """Each field with its readers, or why it has none; nothing is written to any topic."""
    async with asso.as_("asso") as worker:
        shown = await filled(worker, concern())

    told = text(shown)
    assert shown.status_code == httpx.codes.OK
    assert "Qui a été observé" not in told
    assert told.count("Service crip") == 1, "a sole reader is named once"
    assert "Ce qui a été observé" in told
    assert "Autres mineurs ou personnes nommés" in told
    assert "La clause ne prévoit pas ces données pour ce destinataire" in told
    assert re.search(r"Affaire de votre service[^<]*\.</td>", told), "a sentence to its end"
    assert asso.bench.writes.batches == []


async def test_a_form_that_is_sent_twice_goes_out_once(asso: DeskBench) -> None:
    """Its key is its own: a second press leads to the same receipt."""
    async with asso.as_("asso") as worker:
        check = await filled(worker, concern())
        first = await pressed(worker, check, "send")
        again = await pressed(worker, check, "send")

    assert first.status_code == again.status_code == httpx.codes.SEE_OTHER
    assert first.headers["location"] == again.headers["location"]
    assert asso.bench.writes.batches == [1]


async def test_what_was_sent_is_read_acknowledged_and_told_back(
    asso: DeskBench, council: DeskBench
) -> None:
    """From the association's form to the CRIP's page, and its receipt and outcome back."""
    async with asso.as_("asso") as worker, council.as_("crip") as crip:
        sent = await pressed(worker, await filled(worker, concern()), "send")
        where = sent.headers["location"].partition("?")[0]
        event = where.rpartition("/")[2]
        asso.bench.settle()
        inbox = await crip.get("/desk/inbox")
        arrival = await crip.get(f"/desk/inbox/{event}")
        form = hidden(arrival.text)
        own = {"form": form["form"]}
        owed = await crip.get("/desk/duties")
        await crip.post(f"/desk/inbox/{event}/acknowledge", data={**own, "stage": "received"})
        pending = text(await crip.get(f"/desk/inbox/{event}"))
        meanwhile = [text(await crip.get(f"/desk{path}")) for path in ("", "/duties", "/inbox")]
        code = {**own, "key": form["key"], "code": "being_evaluated"}
        future = await crip.post(f"/desk/inbox/{event}/outcome", data={**code, "on": "2031-01-01"})
        done = await crip.post(f"/desk/inbox/{event}/outcome", data=code)
        told = await crip.get(f"/desk/inbox/{event}")
        asso.bench.settle()
        settled = text(await crip.get(done.headers["location"]))
        lists = [await worker.get(f"/desk{path}") for path in ("", "/sendings", "/inbox")]
        sendings = await crip.get("/desk/sendings")
        sent_on = re.findall('href="(/desk/sendings/[^"]+)"', sendings.text)[0]
        of_answer = [sendings, *[await crip.get(f"{one}") for one in ("/desk", sent_on)]]
        receipt = await worker.get(where)
        answered = await worker.get("/desk/inbox")
        outcome = await worker.get(re.findall('href="(/desk/inbox/[^"]+)"', answered.text)[0])

    assert f"/desk/inbox/{event}" in inbox.text
    assert all("Chloé Canary" in text(page) for page in (inbox, owed)), "which child"
    assert all("Chloé Canary" in text(page) for page in of_answer), "which child was answered for"
    looks = council.log.read_text("utf-8")
    assert all(f'"page":"{page}","named":1' in looks for page in ("inbox", "duties", "sendings"))
    assert "Votre réponse est en route" in pending
    assert all("votre réponse est en route" in page for page in meanwhile), "in lists, too"
    assert "attend votre réponse" not in meanwhile[0] + meanwhile[2]
    assert "Votre réponse est en route" in text(told)
    assert 'name="code"' not in told.text, "not twice"
    assert '<option value="being_evaluated" selected' in future.text
    assert 'id="on-fault">Ce jour n’est pas encore venu' in text(future)
    assert 'max="2026-09-07" value="2031-01-01"' in future.text
    assert 'href="/desk/inbox/' + event + '?lang=en"' in future.text, "and no dead page"
    assert "en route" not in settled
    assert re.search("Ce que vous avez répondu.*Service asso : remis", settled, re.DOTALL)
    number = f"votre dossier {concern()['reference']}"
    assert all(number in text(page) for page in (*lists, receipt))
    assert str(concern()["reference"]) not in text(arrival) + text(owed) + text(inbox)
    assert not re.search("Vous devez un accusé|Nous l’avons reçu", pending), (
        "settled, or on its way"
    )
    assert text(arrival).index("<dd>Chloé Canary") < text(arrival).index("Vous devez")
    assert arrival.text.count('class="main"') == 1, "one primary button"
    assert f'href="/desk/sendings/{event}"' in outcome.text, "back to the alert"
    assert done.status_code == httpx.codes.SEE_OTHER
    assert "Selon l’émetteur, le mineur est en danger" in text(arrival)
    since = text(receipt).partition("Ce qui est arrivé depuis sur cette situation")[2]
    assert 'href="/desk/inbox/' in since.partition("</section>")[0]
    assert "Vous a répondu" in text(receipt)
    assert "Preuve de remise" in text(receipt)
    assert "Retour sur votre alerte" in text(answered)


async def test_an_answer_of_which_the_bus_tells_nothing_is_not_on_its_way_for_ever(
    asso: DeskBench, council: DeskBench
) -> None:
    """A notice that is lost: after a minute the page says so, and asks for nothing twice."""
    async with asso.as_("asso") as worker, council.as_("crip") as crip:
        event = await delivered(asso, worker, await filled(worker, concern()))
        form = {"form": hidden((await crip.get(f"/desk/inbox/{event}")).text)["form"]}
        await crip.post(f"/desk/inbox/{event}/acknowledge", data={**form, "stage": "received"})
        asso.bench.world.clock.advance(61)
        page = text(await crip.get(f"/desk/inbox/{event}"))

    assert "Votre réponse est en route" not in page
    assert "Le bus n’a pas dit ce qu’est devenue votre réponse" in page
    assert not re.search("Vous devez un accusé|Nous l’avons reçu", page), "it was given"


async def test_what_is_missing_is_told_at_its_field_and_what_was_written_stays(
    asso: DeskBench, council: DeskBench
) -> None:
    """A summary that leads to each field; every value is still there, to whom it goes above."""
    record = concern()
    del record["reference"]
    meeting = sample("child_welfare", "coordination_invitation", "Canary")
    async with asso.as_("asso") as worker, council.as_("ase") as ase:
        shown = await filled(worker, record)
        nobody = (await filled(ase, meeting | {"to": [], "reference": ""})).text

    assert nobody.index('id="f-to"') < nobody.index('id="f-reference"'), "told at once"
    assert "Destinataire : Service crip" in text(shown).partition('id="sheet"')[0]
    assert shown.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert 'href="#f-reference"' in shown.text
    assert "Chloé Canary" in shown.text


async def test_what_the_bus_did_not_take_is_handed_back(asso: DeskBench) -> None:
    """Kafka does not answer: she reads so, and goes on with her text, under the same key."""
    async with asso.as_("asso") as worker:
        check = await filled(worker, concern())
        asso.bench.writes.error = TransactionAbortedError("aborted")
        refused = await pressed(worker, check, "send")
        asso.bench.writes.error = None
        again = await pressed(worker, refused, "resume")
        whole = [*hidden(again.text).items(), *flat(concern()), ("do", "send")]
        sent = await worker.post(str(again.url.path), data=encoded(whole))

    assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert "Canary" in again.text
    assert hidden(again.text)["key"] == hidden(check.text)["key"]
    assert sent.status_code == httpx.codes.SEE_OTHER


async def test_one_situation_too_many_in_an_hour_is_told_in_words(asso: DeskBench) -> None:
    """She reads when to send it, and that what is urgent goes by phone; nothing goes out."""
    asso.bench.office.hourly_cases = 1
    async with asso.as_("asso") as worker:
        await pressed(worker, await filled(worker, concern()), "send")
        refused = await filled(worker, concern() | {"reference": "another child"})

    assert refused.status_code == httpx.codes.TOO_MANY_REQUESTS
    assert "après la prochaine heure pleine" in text(refused)
    assert asso.bench.writes.batches == [1]


async def test_the_right_door_takes_the_draft_along(tmp_path: Path) -> None:
    """A school may not write to the police: buttons carry its text to prosecutor and CRIP."""
    note = sample("education", "police_notification", "Canary")
    async with opened("education", tmp_path, World()) as school, school.as_("edu-s") as nurse:
        kinds = text(await nurse.get("/desk/write"))
        shown = await filled(nurse, note)
        alert = text(await filled(nurse, sample("education", "information_preoccupante", "Z")))
        form = hidden(shown.text)
        written = shown.text.partition("La convention ne permet pas")[2]
        doors = re.findall(r'post" action="/desk/write/(\w+)"', written)[:2]
        moved = [
            await nurse.post(f"/desk/write/{door}", data={**form, "do": "edit"}) for door in doors
        ]

    assert "Note à la police" in kinds.partition("Ce que le bus refusera")[2], "said beforehand"
    assert "onnées ne vont jamais de cet émetteur" in alert, "a medical file"
    assert sorted(doors) == ["information_preoccupante", "signalement"]
    assert all(form["pupil.first_name"] in page.text for page in moved)
    assert school.bench.writes.batches == []


async def test_what_was_sent_can_be_taken_back(asso: DeskBench, council: DeskBench) -> None:
    """Asked once; then the CRIP can open it no more."""
    async with asso.as_("asso") as worker, council.as_("crip") as crip:
        sent = await pressed(worker, await filled(worker, concern()), "send")
        where = sent.headers["location"].partition("?")[0]
        asso.bench.settle()
        asked = await worker.get(f"{where}/withdraw")
        await worker.post(f"{where}/withdraw", data={"form": hidden(asked.text)["form"]})
        asso.bench.settle()
        gone = await crip.get(f"/desk/inbox/{where.rpartition('/')[2]}")
        told = await worker.get(where)

    assert re.search(f"{concern()['reference']}</strong> · [0-9]+ ", text(asked)), "child and day"
    assert "Son auteur l’a retiré" in text(gone)
    assert "Canary" not in gone.text
    assert "retiré" in text(told).lower()


async def test_what_was_refused_names_no_clause_that_allowed_it(asso: DeskBench) -> None:
    """To two services that do not follow the child: why, of each, and of both in one sentence."""
    report = sample("association", "evaluation_report", "Canary") | {"answers": []}
    async with asso.as_("asso") as worker:
        event = await delivered(asso, worker, await filled(worker, report))
        page = text(await worker.get(f"/desk/sendings/{event}"))

    assert page.count("n’intervient pas, à ce jour, dans cette situation</strong>") == 2
    assert "Refusé : rien de cet envoi ne peut être remis." in page
    assert "Autorisé par" not in page


async def test_an_answer_quotes_the_case_and_is_told_in_it(
    asso: DeskBench, council: DeskBench
) -> None:
    """A record begun from an arrival answers it: the form carries event and case."""
    referral = sample("child_welfare", "specialist_referral", "Canary")
    month = sample("association", "progress_report", "Canary") | {"answers": []}
    async with asso.as_("asso") as worker, council.as_("ase") as ase:
        event = await delivered(asso, ase, await filled(ase, referral))
        arrival = await worker.get(f"/desk/inbox/{event}")
        kind = arrival.text.partition('href="/desk/write/')[2].partition("?")[0]
        page = await worker.get(f"/desk/write/{kind}?answers={event}")
        form = hidden(page.text)
        await delivered(asso, worker, await filled(worker, month, query=f"?answers={event}"))
        lists = [text(await worker.get(f"/desk{path}")) for path in ("", "/sendings")]

    assert all("Bilan du mois</a> · Chloé Canary" in page for page in lists), "its form’s own name"
    assert kind in ("evaluation_report", "progress_report")
    assert form["answers.0.event"] == event
    assert "Concerne <strong>Chloé Canary · " in text(page)
    looks = [line for line in asso.log.read_text("utf-8").splitlines() if '"write"' in line]
    assert sha256(event.encode()).hexdigest() in looks[-1]
    assert form["case"] == council.bench.office.view("ase").own[event].case


@pytest.mark.parametrize("agency", AGENCIES)
async def test_every_form_carries_what_was_written_to_the_check(
    agency: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Field by field, of each kind that each role files: nothing is lost or set in print."""
    mine = [it[1:] for it in every_filing() if it[0] == agency and it[1] not in WITHOUT_FORM]
    lost: dict[tuple[str, str], object] = {}
    async with opened(agency, tmp_path) as desk:
        desk.bench.world.clock.advance(EXAMPLES_AT)
        monkeypatch.setattr(desk.pages.door, "tries", Attempts(len(mine) + 1))
        for kind, role in mine:
            async with desk.browser() as worker:
                secret = desk.pages.door.sessions.begin("somebody", desk_of(role))
                worker.cookies.set(desk.pages.door.place.cookie, secret)
                record = filed(agency, kind, role)
                check = await filled(worker, record)
            carried = {(name, html.unescape(text)) for name, text in _HIDDEN.findall(check.text)}
            left = {row for row in flat(record) if row[0] not in OF_THE_FORM} - carried
            if left or check.status_code != httpx.codes.OK:
                lost[kind, role] = (check.status_code, left)

    assert lost == {}


async def test_what_is_no_longer_kept_still_says_what_is_owed_and_is_answered(
    asso: DeskBench, council: DeskBench
) -> None:
    """The list says that it waits for an answer; the page says which one, and takes it."""
    async with asso.as_("asso") as worker, council.as_("crip") as crip:
        event = await delivered(asso, worker, await filled(worker, concern()))
        council.bench.reader.kept_from = 1_000
        shown = await crip.get(f"/desk/inbox/{event}")
        listed = text(await crip.get("/desk/inbox"))
        form = {"form": hidden(shown.text)["form"], "stage": "received"}
        await crip.post(f"/desk/inbox/{event}/acknowledge", data=form)
        asso.bench.settle()
        answered = text(await worker.get(f"/desk/sendings/{event}"))

    page = text(shown)
    assert "Vous a répondu" in answered
    assert "Nous l’avons reçu" in page
    assert "Information préoccupante (envoi qui n’est plus conservé)" in listed
    assert "attend votre réponse" in listed
    assert "Vous devez un accusé de réception (destinataire : Service asso)" in page
    assert "Canary" not in page
    assert "Ouvert pour vous" not in page
