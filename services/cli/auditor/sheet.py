"""One sheet for who gets a proof and is no programmer, such as a court's clerk: what it proves, how to check it, what not."""

from __future__ import annotations

from typing import Any

from services.cli.auditor.proof_page.page import texts
from services.cli.common.proof_words import witness_name
from services.committee.texts.french import capital
from services.pages import render
from services.platform.process.paris_time import when
from services.texts import Catalogue, number

_ = Catalogue(__name__)


def sheet(facts: dict[str, Any], event: str, name: str, digest: str, lang: str) -> str:
    """The page, of a proof that holds.

    Args:
        facts: what is proved, as `proofs.proved_facts` has it.
        event: its id, or the `dec` by which it was asked for.
        name, digest: of the proof's file; SHA-256 in hexadecimal.
    """
    record, words = facts["record"], texts(lang)
    seen = [
        _("{name}, on {at} (Paris), by its own clock").say(
            lang, name=capital(witness_name(one["witness"], lang)), at=when(one["at"], lang)
        )
        for one in facts["cosigned"]
    ]
    return render(
        "services.cli",
        "auditor/sheet.html",
        lang,
        facts=facts,
        event=event if event != facts["dec"] else "",
        name=name,
        digest=digest,
        at=when(record["at"], lang),
        bus=words.get(f"realm_{record.get('realm')}", words["kind_other"]),
        kind=words.get(f"kind_{record.get('kind')}", words["kind_other"]),
        index=number(facts["index"], lang),
        size=number(facts["size"], lang),
        seen=seen,
    )
