"""What a desk finds out before it sends is what the convention and the records do."""

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contracts.vocabulary.scopes import AGENCIES
from services.committee.matrix.page import rows as matrix_rows
from tests.samples import desk_of, filed, kinds, roles_of
from tests.services.agency.bench import Bench, serving

EXAMPLES_AT = 85 * 86_400  # behind the world's begin: examples tell of November 2026
# kind -> why its example is refused: it needs a desk, or two cases, that only its sender knows.
NOT_AS_IT_STANDS = {
    "association": {"hearing_reply": "answer_not_used"},
    "justice": {"report_outcome": "no_addressee"},
    "child_welfare": {
        "link": "not_two_cases", "unlink": "not_two_cases", "feedback": "own_desk",
        "schooling_notice": "desk_ambiguous", "absence_notice": "desk_ambiguous",
        "withdrawal": "own_desk",
    },
}  # fmt: skip


@pytest.mark.parametrize("agency", AGENCIES)
async def test_a_desk_is_told_every_row_of_its_role_and_no_other(agency: str) -> None:
    """Clause by clause what `relais convention matrix` says, with the desks that have the role."""
    async with serving(agency) as bench:
        for desk in bench.office.agency.desks:
            told = (await bench.get(desk, "/v1/desks")).json()

            convention, _ = bench.office.agency.in_force("civil", bench.world.clock.now())
            role = told["role"]
            rows = [row.wire() for row in matrix_rows(convention, role) if row.issuer == role]
            names = ("clause", "event", "purpose", "scopes", "conditions", "owes", "keep")
            expected = [(row["recipient"], {name: row[name] for name in names}) for row in rows]
            found = [
                (item["role"], {name: act[name].partition(".")[0] if name == "clause" else act[name]
                                for name in names})
                for item in told["items"]
                for act in item["acts"]
            ]  # fmt: skip
            assert sorted(found, key=str) == sorted(expected, key=str)
            assert all(item["desks"] for item in told["items"])
            assert desk not in {row["desk"] for item in told["items"] for row in item["desks"]}


def by(act: dict[str, Any]) -> tuple[str, str]:
    """By what something is permitted."""
    return act["clause"], act["purpose"]


def told(items: list[dict[str, Any]], desk: str) -> set[tuple[str, str, str]]:
    """By which kinds, clauses and purposes a desk may be reached."""
    reached = [item for item in items if desk in {row["desk"] for row in item["desks"]}]
    return {(kind, *by(act)) for item in reached for act in item["acts"] for kind in act["kinds"]}


async def test_every_list_of_codes_is_whole_and_in_both_languages(school: Bench) -> None:
    """What `/openapi.json` and `/v1/desks` have as codes is in a list, with words."""
    codes = await school.items("edu-s", "/v1/codes")
    desks = await school.items("edu-s", "/v1/desks")

    lists = {one["name"]: {row["code"]: row for row in one["codes"]} for one in codes}
    assert codes == await school.items("edu-h-1", "/v1/codes")
    assert all(row["fr"] and row["en"] for codes in lists.values() for row in codes.values())
    assert lists["roles"]["CRIP"]["en"] == "Child-concern intake unit"
    acts = [act for item in desks for act in item["acts"]]
    assert {item["role"] for item in desks} <= set(lists["roles"])
    assert {act["event"] for act in acts} <= set(lists["event_types"])
    assert {act["purpose"] for act in acts} <= set(lists["purposes"])
    assert {scope for act in acts for scope in act["scopes"]} <= set(lists["scopes"])
    assert {name for act in acts for name in act["conditions"]} <= set(lists["conditions"])


@pytest.mark.parametrize("agency", AGENCIES)
async def test_the_form_of_a_record_takes_what_is_shipped_and_its_example_is_taken(
    agency: str,
) -> None:
    """Of every kind, alone and without the document that it comes from; every code has words.

    A newcomer sends the example unchanged: refused only what names what its sender alone knows.
    """
    refused, values = dict[str, str](), set[str]()
    async with serving(agency) as bench:
        bench.world.clock.advance(EXAMPLES_AT)
        desks = bench.office.agency.desks
        lists = await bench.items(desks[0], "/v1/codes")
        reached = {desk: await bench.items(desk, "/v1/desks") for desk in desks}
        for kind in kinds(agency):
            role = roles_of(agency, kind)[0]
            answer = await bench.get(desk_of(role), f"/v1/records/{kind}")
            for choice in re.findall(r'"enum":\[([^\]]*)\]', answer.text):
                values |= set(json.loads(f"[{choice}]"))
            form, record = answer.json(), filed(agency, kind, role)
            dry_run = "/v1/referrals?dry_run=true"
            tried = (await bench.post(desk_of(role), form["example"], dry_run)).json()
            for one in tried.get("to", ()):
                if one["verdict"] in ("release", "depends") and "clause" in one:
                    assert (kind, *by(one)) in told(reached[desk_of(role)], one["desk"])
            refused |= {kind: tried["code"]} if "code" in tried else {}

            Draft202012Validator.check_schema(form["schema"])
            reader = Draft202012Validator(form["schema"])
            reader.validate(record)
            reader.validate(form["example"])
            assert not reader.is_valid(record | {"nothing": "of ours"})
            assert "#/components" not in answer.text
            fields = {row["field"].partition(".")[0] for row in form["fields"]}
            assert fields == set(form["schema"]["properties"])

    words = {one["name"]: {row["code"] for row in one["codes"]} for one in lists}
    assert set(kinds(agency)) <= words["kinds"]
    assert values - {"image/jpeg", "image/png"} <= set().union(*words.values())
    assert refused == NOT_AS_IT_STANDS.get(agency, {})
