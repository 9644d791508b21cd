"""Every refusal says who must act and what next; each code has a page in both languages, offline."""

import re
from typing import get_args

import pytest

from contracts.vocabulary.reasons import REASONS
from services.agency.http.interface.problem_codes import CODES
from services.labels.problem_texts import PROBLEM_TEXTS, At
from services.labels.reason_advice import REASON_ADVICE
from tests.services.agency.bench import Bench
from tests.services.agency.http.test_openapi import OUTSIDE, raised

pytestmark = pytest.mark.anyio

# Of an arrival, which nobody asked; of a page for people, which says it in words.
ELSEWHERE = {"wrong_partition", "form_not_own"}


def test_no_code_lacks_who_must_act_and_what_next() -> None:
    """What the source can raise, and every reason of the convention; and the catalogue has no other."""
    assert set(PROBLEM_TEXTS) == (raised() | set(CODES) | OUTSIDE) - ELSEWHERE
    assert set(REASON_ADVICE) == set(REASONS)
    told = [(text.at, text.next) for text in PROBLEM_TEXTS.values()]
    told += [(advice.at, advice.next) for advice in REASON_ADVICE.values()]
    for at, following in told:
        assert at in get_args(At)
        assert following.say("fr").endswith(".")
        assert following.say("fr") != following.say("en")


async def test_a_refusal_says_who_must_act_and_what_next(school: Bench) -> None:
    """In the problem document itself, whoever refuses: the route, the gate, the framework."""
    answers = [
        await school.client.get("/v1/inbox"),
        await school.client.get("/nowhere"),
        await school.client.delete("/v1/inbox"),
        await school.get("edu-s", "/v1/inbox", wait="soon"),
    ]

    for answer in answers:
        problem = answer.json()
        text = PROBLEM_TEXTS[problem["code"]]
        assert (problem["at"], problem["next"]) == (text.at, text.next.say("en"))


@pytest.mark.parametrize("lang", ["fr", "en"])
async def test_each_code_has_a_page(school: Bench, lang: str) -> None:
    """Meaning and next step in the reader's language; no token, no script, no other host."""
    everything = (await school.client.get(f"/problems?lang={lang}")).text
    for code in {*PROBLEM_TEXTS, *REASON_ADVICE}:
        answer = await school.client.get(f"/problems/{code}?lang={lang}")

        assert answer.status_code == 200
        assert f'<html lang="{lang}">' in answer.text
        assert f"<code>{code}</code>" in answer.text
        assert f"<code>{code}</code>" in everything
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "<script" not in answer.text
        assert not re.search(r"(src|href)=[\"']?(https?:)?//", answer.text)
