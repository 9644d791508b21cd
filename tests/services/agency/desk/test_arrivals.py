"""What a desk received and cannot read any more: she is told what it was, why, and what is left to do."""

from __future__ import annotations

import html
from pathlib import Path

import pytest

from tests.samples import sample
from tests.services.agency.desk.kit import delivered, filled, hidden, opened
from tests.world import World

pytestmark = pytest.mark.anyio
CONCERN = sample("association", "information_preoccupante", "Canary")


def read(page: str) -> str:
    """A page as it is read."""
    return html.unescape(page).replace("\u00a0", " ").replace("\u202f", " ")


async def test_a_withdrawal_names_what_it_takes_back(tmp_path: Path) -> None:
    """Who has to stop using something finds it: a withdrawal that says no more is obeyed by nobody."""
    async with (
        opened("association", tmp_path, world := World()) as asso,
        opened("child_welfare", tmp_path, world) as council,
        asso.as_("asso") as worker,
        council.as_("crip") as crip,
    ):
        event = await delivered(asso, worker, await filled(worker, CONCERN))
        page = await worker.get(f"/desk/sendings/{event}/withdraw")
        await worker.post(str(page.url.path), data={"form": hidden(page.text)["form"]})
        world.settle()
        inbox = (await council.bench.get("crip", "/v1/inbox")).json()["items"]
        (withdrawal,) = [one["event"] for one in inbox if one.get("type") == "WITHDRAW"]
        told = await crip.get(f"/desk/inbox/{withdrawal}")
        listed = await crip.get("/desk/inbox")

    gone = "Information préoccupante (envoi retiré par son auteur)"
    assert f'Concerne : <a href="/desk/inbox/{event}">{gone}' in read(told.text)
    assert gone in read(listed.text)


async def test_what_is_no_longer_kept_still_says_what_is_owed_and_is_answered(
    tmp_path: Path,
) -> None:
    """The list says that it waits for an answer; the page says which one, and takes it."""
    async with (
        opened("association", tmp_path, world := World()) as asso,
        opened("child_welfare", tmp_path, world) as council,
        asso.as_("asso") as worker,
        council.as_("crip") as crip,
    ):
        event = await delivered(asso, worker, await filled(worker, CONCERN))
        council.bench.reader.kept_from = 1_000
        page = read((await crip.get(f"/desk/inbox/{event}")).text)
        listed = read((await crip.get("/desk/inbox")).text)
        form = {"form": hidden(page)["form"], "stage": "received"}
        await crip.post(f"/desk/inbox/{event}/acknowledge", data=form)
        world.settle()
        answered = read((await worker.get(f"/desk/sendings/{event}")).text)

    assert "Vous a répondu" in answered
    assert "Nous l’avons reçu" in page
    assert "Information préoccupante (envoi qui n’est plus conservé)" in listed
    assert "attend votre réponse" in listed
    assert "Vous devez un accusé de réception (destinataire : Service asso)" in page
    assert "Canary" not in page
    assert "Ouvert pour vous" not in page


async def test_what_the_bus_set_aside_is_not_called_on_its_way(tmp_path: Path) -> None:
    """Neither on its own page nor in the list."""
    async with opened("association", tmp_path, World()) as asso, asso.as_("asso") as worker:
        event = await delivered(asso, worker, await filled(worker, CONCERN))
        own = asso.bench.office.view("asso").own[event]
        own.state, own.code = "quarantined", "cover_malformed"
        for progress in own.to.values():
            progress.state = "published"
        pages = [
            read((await worker.get(f"/desk/sendings{path}")).text) for path in ("", f"/{event}")
        ]

    assert all("mis de côté par le bus" in page.lower() for page in pages)
    assert not any("en cours d’acheminement" in page.lower() for page in pages)
