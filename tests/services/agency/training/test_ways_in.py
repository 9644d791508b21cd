"""Who gets into a training, and where: one sign-in, two roles, a pass to one desk, and never in earnest."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from contracts.errors import UsageError
from services.agency.training.passes import LASTS_S, desk_of_pass, new_pass
from services.platform.browser import sessions
from services.platform.settings import AgencySettings, load
from tests.services.agency.desk.kit import PASSWORD, opened
from tests.services.agency.training.kit import KEY, classroom, obey

pytestmark = pytest.mark.anyio
AT = 1_788_760_800


def read_files(folder: Path) -> dict[str, bytes]:
    """All that a training has written."""
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


async def test_a_trainer_sees_who_is_where_and_nothing_that_was_written(tmp_path: Path) -> None:
    """Desk, step, since when, how many; from any agency's address; a trainee does not see it."""
    async with classroom(tmp_path) as room, room.playing("edu-s") as school:
        await obey(school, room)
        async with room.signed_in("justice", "trainer") as trainer:
            seen = await trainer.get("/desk/training")
            followed = await trainer.get("/desk/training?follow=yes")
            page = seen.text
        async with room.signed_in("justice", "trainee") as trainee:
            other = (await trainee.get("/desk/training")).text

    assert "Service social scolaire" in page
    assert "3 sur 4 : répondre à ses questions" in page.replace("\u00a0", " ").replace(
        "\u202f", " "
    )
    assert "1 navigateur" in page
    assert (seen.headers.get("refresh"), followed.headers["refresh"]) == (None, "10")
    assert "Arrêter" in followed.text, "who asked for it may end it"
    assert "Lina" not in page
    files = read_files(tmp_path)
    assert len(files) > 6
    assert not [name for name, content in files.items() if b"Lina" in content]
    assert "Qui en est où" not in other


async def test_a_page_that_follows_keeps_no_session_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asks for itself again for ever, and nobody need be there; it is written down as one look."""
    clock = SimpleNamespace(monotonic=lambda: 0.0)
    monkeypatch.setattr(sessions, "time", clock)
    async with classroom(tmp_path) as room, room.signed_in("justice", "trainer") as trainer:
        clock.monotonic = lambda: sessions.IDLE_S - 1
        followed = [await trainer.get("/desk/training?follow=yes") for _again in range(3)]
        clock.monotonic = lambda: sessions.IDLE_S + 1
        over = await trainer.get("/desk/training?follow=yes")
    looks = (tmp_path / "accesses-justice.jsonl").read_text().count("training_follow")

    assert {one.status_code for one in followed} == {httpx.codes.OK}
    assert "pendant une demi-heure" in followed[0].text
    assert over.headers["location"] == "/desk/training/sign-in"
    assert looks == 1


@pytest.mark.parametrize("account", ["edu-s", "operator", ""])
async def test_no_other_account_signs_in_to_a_training(tmp_path: Path, account: str) -> None:
    """A desk's is one place's alone; and a trainer is no desk."""
    async with classroom(tmp_path) as room, room.browser("education") as browser:
        form = {"account": account, "password": PASSWORD}
        refused = await browser.post("/desk/training/sign-in", data=form)
        trainer = await browser.post(
            "/desk/sign-in", data={"account": "trainer", "password": PASSWORD}
        )
        desk = await browser.get("/desk")

    assert refused.status_code == trainer.status_code == httpx.codes.FORBIDDEN
    assert desk.status_code == httpx.codes.SEE_OTHER


@pytest.mark.parametrize(
    "text",
    [
        "", "edu-s", f"edu-s.{AT + 60}.{'0' * 64}", new_pass(b"another key", "edu-s", AT),
        new_pass(KEY, "edu-s", AT - LASTS_S), new_pass(KEY, "edu-s", AT + 60),
        new_pass(KEY, "crip", AT).replace("crip", "edu-s"), "edu-s.٣.x", f"edu-s.{'9' * 5000}.x",
    ],
    ids=["none", "bare", "forged", "other-key", "old", "to-come", "other-desk", "odd-digits", "many-digits"],
)  # fmt: skip
def test_a_pass_opens_one_desk_for_a_while(text: str) -> None:
    """Whatever is no pass of this training, now, opens nothing."""
    assert desk_of_pass(KEY, text, AT) == ""
    assert desk_of_pass(KEY, new_pass(KEY, "edu-s", AT), AT + LASTS_S - 1) == "edu-s"


async def test_a_pass_to_another_agencys_desk_begins_no_session(tmp_path: Path) -> None:
    """Nor does one to a desk that nobody plays here."""
    async with classroom(tmp_path) as room, room.browser("education") as browser:
        at = room.world.clock.now()
        answers = [
            await browser.get("/desk/training/enter", params={"pass": new_pass(KEY, desk, at)})
            for desk in ("crip", "edu-h-1")
        ]
        desk = await browser.get("/desk")

    assert [one.headers["location"] for one in answers] == [
        "http://education.test/desk/training"
    ] * 2
    assert desk.headers["location"] == "/desk/sign-in"


def test_a_service_in_earnest_holds_no_training() -> None:
    """It does not start; with play it does."""
    asked = {"agency": "education", "training": {"edu-s": "http://127.0.0.1:1"}}

    with pytest.raises(UsageError, match="setting_wrong"):
        load(AgencySettings, **asked)
    assert load(AgencySettings, play=True, **asked).training


async def test_pages_without_a_training_have_none_of_it(tmp_path: Path) -> None:
    """No address, no mark of an exercise, no band."""
    async with opened("association", tmp_path) as asso, asso.as_("asso") as worker:
        page = (await worker.get("/desk")).text
        training = await worker.get("/desk/training")

    assert training.status_code == httpx.codes.NOT_FOUND
    assert "EXERCICE" not in page
    assert 'class="case"' not in page
