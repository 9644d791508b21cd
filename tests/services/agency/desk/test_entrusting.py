"""A desk that ends gives its situations away on its page, and the heir reads who passed them on."""

from __future__ import annotations

import html
import re
from pathlib import Path

import httpx

from tests.flows.passing_on import THIRD, pass_on, three_homes
from tests.services.agency.desk.kit import hidden, opened
from tests.services.agency.http.test_many_cases import placed

FRENCH = {"Accept-Language": "fr"}


def said(page: httpx.Response) -> str:
    """A page's words, with plain spaces."""
    return re.sub(r"\s+", " ", html.unescape(page.text))


def words(page: httpx.Response) -> str:
    """The same without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", said(page)))


async def test_a_worker_gives_a_situation_away_and_the_heir_reads_by_whom(tmp_path: Path) -> None:
    """From the list of what is to be done, by a button that names the heir."""
    world = three_homes()
    event = placed(world, "one")
    async with opened("child_welfare", tmp_path, world) as pages:
        async with pages.as_("home-1") as old:
            before = await old.get(f"/desk/inbox/{event}", headers=FRENCH)
            pass_on(world, "home-1", "home-2", THIRD)
            listed = await old.get("/desk/duties", headers=FRENCH)
            arrival = await old.get(f"/desk/inbox/{event}", headers=FRENCH)
            form = {**hidden(arrival.text), "to": THIRD}
            done = await old.post(f"/desk/inbox/{event}/entrust", data=form)
            world.settle()
            after = await old.get("/desk/duties", headers=FRENCH)
            closed = await old.get(done.headers["location"], headers=FRENCH)
            again = await old.post(
                f"/desk/inbox/{event}/entrust", data={**form, "to": "home-2"}, headers=FRENCH
            )
        async with pages.as_(THIRD) as heir:
            (item,) = (await pages.bench.get(THIRD, "/v1/inbox")).json()["items"]
            inbox = await heir.get("/desk/inbox", headers=FRENCH)
            passed = await heir.get(f"/desk/inbox/{item['event']}", headers=FRENCH)

    assert "Confier cette situation" not in said(before)
    assert f"/desk/inbox/{event}" in listed.text
    assert "Confier cette situation à : Troisième foyer" in said(arrival)
    assert "Situations à confier" not in said(after)
    assert "C’est en route" not in said(closed), "it has arrived"
    assert "Confier cette situation" not in said(closed)
    assert "Nous l’avons reçu" in said(arrival)
    assert "Nous l’avons reçu" not in said(closed), "the heir owes it now"
    assert "Cette situation est confiée à Troisième foyer" in said(closed)
    assert (again.status_code, "Ce qui a été confié d’abord le reste." in said(again)) == (
        409,
        True,
    )
    assert "attend votre réponse" in said(inbox)
    named = "Ordonnance de placement provisoire, situation confiée par Service home-1"
    assert f"{named} · Chloé CANARY Service parq-civ" in words(inbox), (
        "what it was, and who sent it first"
    )
    assert f"<h1>{named}</h1>" in said(passed)
    assert "De : Service home-1, le" in said(passed)
    assert "Expéditeur d’origine" in said(passed)
    assert "CANARY" in passed.text
    assert "Confier cette situation" not in said(passed)
    assert "CANARY" not in pages.log.read_text()
