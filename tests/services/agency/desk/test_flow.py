"""A worker without software of her own: she writes, sees who reads, sends, answers."""

from __future__ import annotations

import html
import re
from hashlib import sha256
from pathlib import Path
from unittest.mock import AsyncMock, Mock, patch

import httpx
import pytest

from contracts.decision.state.shelves import LostRowError
from contracts.log.orders.adopted_directories import AdoptedDirectories
from contracts.vocabulary.scopes import AGENCIES
from services.agency.desk import sendings
from services.agency.loops import incoming
from services.platform.browser.sessions import Attempts
from services.platform.http.problems import RETRY_AFTER
from services.platform.process.exit_codes import TransactionAbortedError
from tests.samples import desk_of, every_filing, filed, sample
from tests.services.agency.desk.kit import (
    _HIDDEN,
    Worker,
    concern,
    flat,
    hidden,
    opened,
    text,
)  # fmt: skip
from tests.services.agency.http.test_discovery import EXAMPLES_AT

# No form is for these; the last two answer what another desk has sent.
WITHOUT_FORM = ("withdrawal", "link", "unlink", "decision", "mjie_order")
# The form has its own, or shows it another way; and takes no picture.
OF_THE_FORM = ("call.reference", "answers.0.to", "appearance.photo.data", "appearance.photo.media")


async def test_she_sees_who_reads_which_line_before_anything_is_sent(worker: Worker) -> None:
    """Each field with its readers, or why it has none; nothing is written to any topic."""
    told = text(await worker.filled(concern()))

    assert "Qui a été observé" not in told
    assert told.count("Service crip") == 1, "a sole reader is named once"
    assert "Ce qui a été observé" in told
    assert "Autres mineurs ou personnes nommés" in told
    assert "La clause ne prévoit pas ces données pour ce destinataire" in told
    assert re.search(r"Affaire de votre service[^<]*\.</td>", told), "a sentence to its end"
    assert worker.desk.bench.writes.batches == []


async def test_a_form_that_is_sent_twice_goes_out_once(worker: Worker) -> None:
    """Its key is its own: a second press, or going back, leads to the same receipt."""
    check = await worker.filled(concern())
    pressed = [await worker.pressed(check, do) for do in ("send", "send", "check")]

    assert len({one.headers["location"] for one in pressed}) == 1
    assert worker.desk.bench.writes.batches == [1]


async def test_what_was_sent_is_read_acknowledged_and_told_back(
    worker: Worker, crip: Worker
) -> None:
    """From the association's form to the CRIP's page, and its receipt and outcome back."""
    lists = "", "/duties", "/inbox"
    event = await worker.delivered(concern())
    path = f"/desk/inbox/{event}"
    before = [await crip.read(one) for one in lists]
    arrival = await crip.get(path)
    form = hidden(arrival.text)
    own = {"form": form["form"]}
    await crip.post(f"{path}/acknowledge", data={**own, "stage": "received"})
    pending = text(await crip.get(path))
    meanwhile = [await crip.read(one) for one in lists]
    code = {**own, "code": "being_evaluated"}
    future = await crip.post(f"{path}/outcome", data={**code, "on": "2031-01-01"})
    unsaid = await crip.post(f"{path}/outcome", data={**code, "code": ""})
    done = await crip.post(f"{path}/outcome", data=code)
    told = await crip.get(path)
    worker.desk.bench.settle()
    settled = text(await crip.get(done.headers["location"]))
    sendings = await crip.read("/sendings")
    sent_on = re.findall('href="/desk(/sendings/[^"]+)"', sendings)[0]
    of_answer = [sendings, await crip.read(""), await crip.read(sent_on)]
    receipt = await worker.read(f"/sendings/{event}")
    own_lists = [await worker.read(one) for one in ("", "/sendings", "/inbox")]
    outcome = await worker.read(re.findall('href="/desk(/inbox/[^"]+)"', own_lists[2])[0])

    assert f'"{path}"' in before[2]
    assert all("Chloé Canary" in page for page in before[1:]), "which child"
    assert all("Chloé Canary" in page for page in of_answer), "which child was answered for"
    assert "Votre réponse est en route" in pending
    codes = re.findall('<option value="([a-z_]+)"', arrival.text)
    assert ("being_evaluated" in codes, "received" in codes) == (True, False), "by its button"
    assert all("votre réponse est en route" in page for page in meanwhile), "in lists, too"
    assert "Votre réponse est en route" in text(told)
    assert 'name="code"' not in told.text, "not twice"
    assert '<option value="being_evaluated" selected' in future.text
    assert (unsaid.status_code, 'id="code-fault"' in unsaid.text) == (422, True)
    assert 'id="on-fault">Ce jour n’est pas encore venu' in text(future)
    assert f'href="{path}?lang=en"' in future.text, "and no dead page"
    assert "en route" not in settled
    assert re.search("Ce que vous avez répondu.*Service asso : remis", settled, re.DOTALL)
    number = str(concern()["reference"])
    assert all(f"votre dossier {number}" in page for page in (*own_lists, receipt))
    assert number not in text(arrival) + before[1] + before[2]
    assert not re.search("Vous devez un accusé|Nous l’avons reçu", pending), "settled, or going"
    assert text(arrival).index("<dd>Chloé Canary") < text(arrival).index("Vous devez")
    assert arrival.text.count('class="main"') == 1, "one primary button"
    assert f'href="/desk/sendings/{event}"' in outcome, "back to the alert"
    since = receipt.partition("Ce qui est arrivé depuis sur cette situation")[2]
    assert 'href="/desk/inbox/' in since.partition("</section>")[0]
    assert "Vous a répondu" in receipt


async def test_of_two_who_answer_at_once_the_second_is_told(worker: Worker, crip: Worker) -> None:
    """Both have it open; a button that is pressed twice is no second answer."""
    path = f"/desk/inbox/{await worker.delivered(concern())}"
    own = hidden((await crip.get(path)).text)
    codes = "being_evaluated", "being_evaluated", "support_in_place"
    answers = [await crip.post(f"{path}/outcome", data={**own, "code": code}) for code in codes]

    assert [one.status_code for one in answers] == [303, 303, 409]
    assert "Rien n’est parti de votre part : rouvrez-la, et voyez avec" in text(answers[-1])


async def test_marks_that_nobody_sees_in_pasted_text_hold_nothing_up(worker: Worker) -> None:
    """Tabulator and soft hyphen go; what joins an emoji stays."""
    seen = {"on": "2026-09-04", "observed": "Il\tdort dehors\u200b, le ma\u00adtin. 👩‍👧"}
    pasted = {**concern(), "observations": [seen]}
    shown = text(await worker.filled(pasted))

    assert "Il dort dehors, le matin. 👩‍👧" in shown
    assert "rien n’est encore parti" in shown


async def test_a_file_number_is_shown_as_it_was_typed(worker: Worker) -> None:
    """Copied into the next form it ties the same case: no hyphen of a printer's is in it."""
    event = await worker.delivered(concern() | {"reference": "2026-114"})

    assert "votre dossier 2026-114<" in await worker.read(f"/sendings/{event}")


async def test_what_the_bus_did_not_take_is_handed_back(worker: Worker) -> None:
    """Kafka does not answer: she reads so, and goes on with her text, under the same key."""
    check = await worker.filled(concern())
    worker.desk.bench.writes.error = TransactionAbortedError("aborted")
    refused = await worker.pressed(check, "send")
    worker.desk.bench.writes.error = None
    again = await worker.pressed(refused, "resume")
    sent = await worker.submitted(again, concern(), "send")

    assert refused.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert "Canary" in again.text
    assert hidden(again.text)["key"] == hidden(check.text)["key"]
    assert sent.status_code == httpx.codes.SEE_OTHER


async def test_the_right_door_takes_the_draft_along(tmp_path: Path) -> None:
    """A school may not write to the police: buttons carry its text to prosecutor and CRIP.

    If it does all the same, the note is neither sent nor on its way.
    """
    note = sample("education", "police_notification", "Canary")
    async with opened("education", tmp_path) as school, school.as_("edu-s") as nurse:
        kinds = await nurse.read("/write")
        shown = await nurse.filled(note)
        alert = text(await nurse.filled(sample("education", "information_preoccupante", "Z")))
        form = hidden(shown.text)
        written = shown.text.partition("La convention ne permet pas")[2]
        doors = re.findall(r'post" action="/desk/write/(\w+)"', written)[:2]
        moved = [
            await nurse.post(f"/desk/write/{door}", data={**form, "do": "edit"}) for door in doors
        ]
        before = list(school.bench.writes.batches)
        sent = await nurse.pressed(shown, "send")
        receipt = text(await nurse.get(sent.headers["location"]))

    assert "Note à la police" in kinds.partition("Ce que le bus refusera")[2], "said beforehand"
    assert "onnées ne vont jamais de cet émetteur" in alert, "a medical file"
    assert sorted(doors) == ["information_preoccupante", "signalement"]
    assert all(form["pupil.first_name"] in page.text for page in moved)
    assert before == []
    assert "Aucun contenu n’a été envoyé" in receipt
    assert not re.search("Envoyé\\.|Envoyé le|cheminement|en route", receipt)


async def test_what_was_sent_can_be_taken_back(worker: Worker, crip: Worker) -> None:
    """Asked once; then the CRIP can open it no more."""
    event = await worker.delivered(concern())
    asked = await worker.get(f"/desk/sendings/{event}/withdraw")
    done = await worker.post(str(asked.url.path), data=hidden(asked.text))
    wait = AsyncMock(side_effect=lambda _seconds: worker.desk.bench.settle())
    with patch.object(sendings, "asyncio", Mock(sleep=wait)):  # the bus does it meanwhile
        meanwhile = text(await worker.get(done.headers["location"]))
    assert wait.called
    gone = await crip.read(f"/inbox/{event}")
    told = await worker.read(f"/sendings/{event}")
    notice = "/desk" + re.findall('href="/desk(/inbox/[^"]+)"', await crip.read("/inbox"))[0]
    stage = re.findall('name="stage" value="([^"]+)"', (await crip.get(notice)).text)[0]
    await crip.acknowledged(notice, stage)
    answered = text(await crip.get(notice))

    assert "<strong>Retiré" in meanwhile, "the page waits for the bus"
    assert "Remis" not in meanwhile
    assert f"{event}/withdraw" not in meanwhile
    assert "Votre réponse est en route" in answered
    assert "n’appelle pas de réponse" not in answered
    assert re.search(f"{concern()['reference']}</strong> · [0-9]+ ", text(asked)), "child and day"
    assert "Son auteur l’a retiré" in gone
    assert "Canary" not in gone
    assert "retiré" in told.lower()
    assert "Fait" not in gone + told, "the receipt is owed no more; nobody gave it"


async def test_what_was_refused_names_no_clause_that_allowed_it(worker: Worker) -> None:
    """To two services that do not follow the child: why, of each, and of both in one sentence."""
    report = sample("association", "evaluation_report", "Canary") | {"answers": []}
    page = await worker.read(f"/sendings/{await worker.delivered(report)}")

    assert page.count("n’intervient pas, à ce jour, dans cette situation</strong>") == 2
    assert "Refusé : rien de cet envoi ne peut être remis." in page
    assert "Autorisé par" not in page


async def test_an_answer_quotes_the_case_and_is_told_in_it(worker: Worker, ase: Worker) -> None:
    """A record begun from an arrival answers it: the form carries event and case."""
    referral = sample("child_welfare", "specialist_referral", "Canary")
    month = sample("association", "progress_report", "Canary") | {"answers": []}
    event = await ase.delivered(referral)
    arrival = await worker.get(f"/desk/inbox/{event}")
    kind = arrival.text.partition('href="/desk/write/')[2].partition("?")[0]
    page = await worker.get(f"/desk/write/{kind}?answers={event}")
    check = await worker.filled(month, query=f"?answers={event}")
    await worker.pressed(check, "send")
    worker.desk.bench.settle()
    lists = [await worker.read(path) for path in ("", "/sendings")]

    assert all("Bilan du mois</a> · Chloé Canary" in page for page in lists), "its form’s own name"
    assert kind in ("evaluation_report", "progress_report")
    form = hidden(page.text)
    assert form["answers.0.event"] == event
    assert form["case"] == ase.desk.bench.office.view("ase").own[event].case
    assert "Concerne <strong>Chloé Canary · " in text(page)
    looks = [line for line in worker.desk.log.read_text("utf-8").splitlines() if '"write"' in line]
    assert sha256(event.encode()).hexdigest() in looks[-1]


@pytest.mark.parametrize("agency", AGENCIES)
async def test_every_form_carries_what_was_written_to_the_check(
    agency: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Field by field, of each kind that each role files: nothing is lost; who reads it, or why."""
    mine = [it[1:] for it in every_filing() if it[0] == agency and it[1] not in WITHOUT_FORM]
    lost: dict[tuple[str, str], object] = {}
    unread = re.compile(r">([^<]+)</th>\n<td[^>]*>personne</td>\n<td[^>]*></td>")
    async with opened(agency, tmp_path) as desk:
        desk.bench.world.clock.advance(EXAMPLES_AT)
        monkeypatch.setattr(desk.pages.door, "tries", Attempts(len(mine) + 1))
        for kind, role in mine:
            async with desk.browser() as worker:
                secret = desk.pages.door.sessions.begin("somebody", desk_of(role))
                worker.cookies.set(desk.pages.door.place.cookie, secret)
                record = filed(agency, kind, role)
                check = await worker.filled(record)
            carried = {(name, html.unescape(text)) for name, text in _HIDDEN.findall(check.text)}
            left = {row for row in flat(record) if row[0] not in OF_THE_FORM} - carried
            silent = unread.findall(check.text)
            if left or silent or check.status_code != httpx.codes.OK:
                lost[kind, role] = (check.status_code, left, silent)

    assert lost == {}


async def test_what_is_no_longer_kept_still_says_what_is_owed_and_is_answered(
    worker: Worker, crip: Worker
) -> None:
    """The list says that it waits for an answer; the page says which one, and takes it."""
    event = await worker.delivered(concern())
    crip.desk.bench.reader.kafka.kept_from = 1_000
    page, listed = await crip.read(f"/inbox/{event}"), await crip.read("/inbox")
    await crip.acknowledged(f"/desk/inbox/{event}")
    worker.desk.bench.settle()
    answered = await worker.read(f"/sendings/{event}")

    assert "Vous a répondu" in answered
    assert "Nous l’avons reçu" in page
    assert "Information préoccupante (envoi qui n’est plus conservé)" in listed
    assert "attend votre réponse" in listed
    assert "Vous devez un accusé de réception (destinataire : Service asso)" in page
    assert "Canary" not in page
    assert "Ouvert pour vous" not in page


async def test_who_reads_while_kafka_is_silent_is_not_told_to_send_a_form(
    monkeypatch: pytest.MonkeyPatch, worker: Worker, crip: Worker
) -> None:
    """She has sent none: the page is to be opened again."""
    monkeypatch.setattr(incoming, "ANSWER_S", 0.1)
    await worker.delivered(concern())
    crip.desk.bench.reader.kafka.answering.clear()
    silent = await crip.get("/desk/inbox")
    crip.desk.bench.reader.kafka.answering.set()

    assert silent.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert "Rouvrez cette page" in text(silent)
    assert "formulaire" not in text(silent)


async def test_a_directory_that_cannot_be_read_again_now_asks_for_patience(
    monkeypatch: pytest.MonkeyPatch, worker: Worker
) -> None:
    """On a page and over HTTP: Kafka is away, and has it again later."""

    def away(*_: object) -> None:
        raise LostRowError("kafka_unreachable")

    monkeypatch.setattr(AdoptedDirectories, "__getitem__", away)
    page = await worker.get("/desk/write/information_preoccupante")
    answer = await worker.desk.bench.get("asso", "/v1/desks")

    told = [(one.status_code, one.headers.get("Retry-After")) for one in (page, answer)]
    assert told == [(503, str(RETRY_AFTER))] * 2
    assert answer.json()["code"] == "kafka_unreachable"
