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
