"""The four guided cases, played through the pages to their ends, and what shows in them where one is."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Final

import pytest

from services.agency.office.fold.desk_fold import DeskFold
from services.agency.training.cases import CASES
from services.agency.training.position import position
from tests.services.agency.desk.kit import filled, hidden, pressed
from tests.services.agency.training.kit import MARKED, banded, classroom, obey
from tests.world import World

pytestmark = pytest.mark.anyio
ENDED = {"fr": "Le cas est terminé", "en": "The case is ended"}
BEGUN = ("Étape 1 sur", "Step 1 of")


@pytest.mark.parametrize(
    ("desk", "lang", "writings"),
    [("edu-s", "fr", 2), ("crip", "en", 4), ("parq-civ", "fr", 4), ("asso", "en", 3)],
)
async def test_a_case_is_played_to_its_end_by_whoever_does_what_its_band_says(
    tmp_path: Path, desk: str, lang: str, writings: int
) -> None:
    """Step by step through the pages, each marked; nobody else is there, and the others answer by themselves."""
    async with classroom(tmp_path) as room, room.playing(desk, lang) as browser:
        pages = [(await browser.get("/desk")).text]
        while ENDED[lang] not in pages[-1] and len(pages) < 9:
            pages.append(await obey(browser, room))

    assert any(begun in pages[0] for begun in BEGUN)
    assert ENDED[lang] in pages[-1]
    assert len(pages) == writings + 1  # where one only waits, the others have answered by then
    assert all(MARKED[lang] in page for page in pages)


# What the words of a case say that somebody does or has done -> the acts by which it is so: desk, and type of its event.
TOLD: Final = {
    "edu-s": {
        "the CRIP acknowledges your alert and asks you questions": {("crip", "ACK"), ("crip", "EVALREQ")},
        "the CRIP tells you what becomes of your alert": {("crip", "FEEDBACK")},
        "You alerted, answered what you were asked, and know": {("edu-s", "IP"), ("edu-s", "EVALREP"), ("crip", "FEEDBACK")},
    },
    "crip": {
        "The head of a school has sent you a child-concern alert": {("edu-h-1", "IP")},
        "the ASE evaluates, and its report arrives": {("ase", "EVALREP")},
        "acknowledged, evaluated and decided, and its author knows": {("crip", "ACK"), ("ase", "EVALREP"), ("crip", "FEEDBACK")},
    },
    "parq-civ": {
        "now sends a signalement": {("edu-h-1", "SIG")},
        "the ASE and the home act on it tonight": {("ase", "ACK"), ("home-1", "ACK")},
        "The child is placed, the judge is seized, and who reported knows": {("parq-civ", "MEASURE"), ("parq-civ", "ST"), ("parq-civ", "FEEDBACK")},
    },
    "asso": {
        "asks you to accompany": {("ase", "SPECREF")},
        "accepted, reported the danger, and told the ASE": {("asso", "ACK"), ("asso", "SIG"), ("asso", "EVALREP")},
    },
}  # fmt: skip


@pytest.mark.parametrize("desk", TOLD)
async def test_what_a_case_says_that_others_do_they_have_done(tmp_path: Path, desk: str) -> None:
    """Its words were written by hand: each is held to events of this very case that were delivered."""
    case = CASES[desk]
    words = " ".join(each.say("en") for each in (case.story, *(step.do for step in case.steps), case.ending))  # fmt: skip
    async with classroom(tmp_path) as room, room.playing(desk, "en") as browser:
        for _step in range(8):
            if ENDED["en"] in await obey(browser, room):
                break
        token = position(case, own_view(room.world, desk)).token
        acts = {
            (one.desk, one.etype)
            for office in room.world.offices.values()
            for view in office.fold.desks.values()
            for one in view.own.values()
            if one.case == token and one.delivered_to()
        }

    for text, done in TOLD[desk].items():
        assert text in words, "a text that has changed: what it says now is to be held to events"
        assert done <= acts, text


def own_view(world: World, desk: str) -> DeskFold:
    """What a desk knows."""
    (office,) = (each for each in world.offices.values() if desk in each.agency.desks)
    return office.view(desk)


async def test_what_is_allowed_is_the_dry_run_of_the_convention_in_force(tmp_path: Path) -> None:
    """The clause with its own sentence, what reaches nobody, and the wrong door with the right one."""
    world = World()
    convention, _directory = world.offices["education"].agency.in_force("civil", world.clock.now())
    (grant,) = (one for one in convention.grants if one.id == "R01")
    async with classroom(tmp_path, world) as room, room.playing("edu-s", "en") as browser:
        band = html.unescape(banded((await browser.get("/desk")).text))

    assert grant.label["en"] in band
    assert "(R01)" in band
    assert grant.sentence["en"].split(":")[0] in band
    assert "Medical file" in band.partition("Goes to nobody")[2]
    assert "no clause of the convention" in band.partition("And “")[2]


async def test_a_step_is_not_done_by_what_the_convention_refuses(tmp_path: Path) -> None:
    """A note to the police, sent all the same, is an attempt: the case has not begun by it."""
    note = {
        "kind": "police_notification", "reference": "EXERCICE-1", "pupil": {"first_name": "Lina"},
        "observations": [{"seen_on": "2026-09-01", "seen": "Un bleu au bras."}],
    }  # fmt: skip
    async with classroom(tmp_path) as room, room.playing("edu-s") as browser:
        sent = await pressed(browser, await filled(browser, note), "send")
        await room.settle()
        band = banded((await browser.get("/desk")).text)

    assert sent.headers["location"].startswith("/desk/sendings/")
    assert "Étape 1 sur" in band


async def test_two_trainees_play_together(tmp_path: Path) -> None:
    """A desk at which somebody sits does nothing by itself; what its colleague skips is passed over in the other's case."""
    async with (
        classroom(tmp_path) as room, room.playing("crip") as crip, room.playing("edu-s") as school,
    ):  # fmt: skip
        waiting = banded(await obey(school, room))
        arrival = room.world.offices["child_welfare"].view("crip")
        (event,) = (
            name for name, one in arrival.names.events.items() if one.iss.endswith(":edu-s")
        )
        told = banded((await crip.get("/desk")).text)
        page = (await crip.get(f"/desk/inbox/{event}")).text
        own = {"form": hidden(page)["form"], "key": hidden(page)["key"]}
        await crip.post(f"/desk/inbox/{event}/outcome", data={**own, "code": "not_ip"})
        await room.settle()
        after = banded((await school.get("/desk")).text)

    assert "Étape 2 sur" in waiting
    assert "attendues de vous" in told
    assert "Étape 1 sur" in told
    assert ENDED["fr"] in after


async def test_at_the_end_stands_what_nobody_was_given(tmp_path: Path) -> None:
    """A pupil's name reached the CRIP with the alert, though not again with the answer: it has not stayed."""
    async with classroom(tmp_path) as room, room.playing("edu-s") as browser:
        await obey(browser, room)
        asked = html.unescape(banded((await browser.get("/desk")).text))
        ended = html.unescape(banded(await obey(browser, room)))

    nobody = asked.partition("N’est remis à personne")[2].partition("</ul>")[0]
    assert "Prénom" in nobody
    assert nobody.count("L’élève") == 1, "a block is named once, not before each of its lines"
    assert re.search(r"L’élève\s: [^;<]*Prénom, Nom", nobody)
    assert "Prénom" not in ended
    assert "Dossier médical" in ended.partition("resté dans votre service")[2]


async def test_an_open_letter_is_not_offered_again(tmp_path: Path) -> None:
    """The box leads to it from elsewhere; on its own page it says where to answer."""
    async with classroom(tmp_path) as room, room.playing("crip") as browser:
        home = banded((await browser.get("/desk")).text)
        address = home.partition('class="button" href="')[2].partition('"')[0]
        letter = banded((await browser.get(address)).text)

    assert address.startswith("/desk/inbox/")
    assert address not in letter
    assert "au bas de cette page" in letter


async def test_a_case_that_is_left_waits_for_who_comes_back(tmp_path: Path) -> None:
    """Nobody plays it in her place: the desk acknowledges other letters, not what she was to learn by."""
    async with classroom(tmp_path) as room:
        async with room.playing("crip") as browser:
            page = (await browser.get("/desk")).text
            await browser.post("/desk/sign-out", data={"form": hidden(page)["form"]})
        async with room.playing("edu-s") as school:
            answered = banded(await obey(school, room))
        async with room.playing("crip") as browser:
            back = banded((await browser.get("/desk")).text)

    assert "un accusé de réception" in answered
    assert "Étape 1 sur" in back


async def test_the_next_case_comes_a_while_after_the_last(tmp_path: Path) -> None:
    """Three minutes, in which one reads how it ended; while nobody sits there nothing is sent at all."""
    async with classroom(tmp_path) as room:
        await room.settle()
        empty = len(room.world.offices["association"].view("asso").names.events)
        async with room.playing("asso") as browser:
            ended = [await obey(browser, room) for _step in range(3)][-1]
            room.world.clock.advance(179)
            await room.settle()
            still = banded((await browser.get("/desk")).text)
            room.world.clock.advance(2)
            await room.settle()
            again = banded((await browser.get("/desk")).text)

    assert empty == 0
    assert ENDED["fr"] in ended
    assert ENDED["fr"] in still
    assert "Étape 1 sur" in again


def test_every_case_has_its_records() -> None:
    """What a step asks to write, the exercise has words for."""
    from services.agency.training.records import RECORDS

    kinds = {(desk, step.kind) for desk, case in CASES.items() for step in case.steps if step.kind}
    instead = {
        (desk, step.instead) for desk, case in CASES.items() for step in case.steps if step.instead
    }

    assert kinds | instead <= RECORDS.keys()
