"""What a desk finds out before it sends is what the convention and the records do."""

import json
import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contracts.vocabulary.scopes import AGENCIES, releases
from services.agency.discovery.records import record_form
from services.agency.record import mapping
from services.committee.matrix.rows import Filters, matrix
from tests.samples import desk_of, every_filing, filed, kinds, roles_of
from tests.services.agency.bench import Bench, bearer, serving

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
NONE_OF_THE_CONVENTION = ("withdrawal", "link", "unlink", "police_notification", "inquiry_report")


@pytest.mark.parametrize("agency", AGENCIES)
async def test_a_desk_is_told_every_row_of_its_role_and_no_other(agency: str) -> None:
    """Clause by clause what `relais convention matrix` says, with the desks that have the role."""
    async with serving(agency) as bench:
        for desk in bench.office.agency.desks:
            told = (await bench.get(desk, "/v1/desks")).json()

            convention, _ = bench.office.agency.in_force("civil", bench.world.clock.now())
            rows = matrix(convention, Filters(issuer=told["role"]))
            names = ("clause", "event", "purpose", "scopes", "conditions", "owes", "keep")
            expected = [(row["recipient"], {name: row[name] for name in names}) for row in rows]
            found = [
                (item["role"], {name: act[name] for name in names} | {"clause": number(act)})
                for item in told["items"]
                for act in item["acts"]
            ]
            assert sorted(found, key=str) == sorted(expected, key=str)
            assert all(item["desks"] for item in told["items"])
            assert desk not in {row["desk"] for item in told["items"] for row in item["desks"]}


@pytest.mark.parametrize("agency", AGENCIES)
async def test_what_a_record_would_release_was_told_before(agency: str) -> None:
    """Of each sample: what a dry run releases stands in the answer."""
    async with serving(agency) as bench:
        tried = 0
        for one, kind, role in every_filing():
            if one != agency or kind in NONE_OF_THE_CONVENTION:
                continue
            desk, record = desk_of(role), filed(agency, kind, role)
            told = (await bench.get(desk, "/v1/desks")).json()["items"]
            record.pop("case", None)
            record["reference"] = "2026-1"
            answer = await bench.client.post(
                "/v1/referrals?dry_run=true", json=record, headers=bearer(desk)
            )
            for verdict in answer.json().get("to", ()):
                if verdict["verdict"] in ("release", "depends") and "clause" in verdict:
                    act = act_of(told, verdict)
                    assert kind in act["kinds"], (kind, verdict)
                    released = frozenset(act["scopes"])
                    assert all(releases(released, scope) for scope in verdict["scopes"])
                    tried += 1
    assert tried > 1


def number(act: dict[str, Any]) -> str:
    """The clause of an act: `R39` of its second grant `R39.2`."""
    clause: str = act["clause"]
    return clause.partition(".")[0]


def act_of(told: list[dict[str, Any]], verdict: dict[str, Any]) -> dict[str, Any]:
    """The act by which a verdict's desk was told to be reached."""
    act: dict[str, Any]
    (act,) = [
        act
        for item in told
        if verdict["desk"] in {row["desk"] for row in item["desks"]}
        for act in item["acts"]
        if (act["clause"], act["purpose"]) == (verdict["clause"], verdict["purpose"])
    ]
    return act


async def test_every_list_of_codes_is_whole_and_in_both_languages(school: Bench) -> None:
    """What `/openapi.json` and `/v1/desks` have as codes is in a list, with words."""
    told = (await school.get("edu-s", "/v1/codes")).json()
    again = (await school.get("edu-h-1", "/v1/codes")).json()
    desks = (await school.get("edu-s", "/v1/desks")).json()["items"]

    lists = {one["name"]: {row["code"]: row for row in one["codes"]} for one in told["items"]}
    assert told == again
    assert all(row["fr"] and row["en"] for codes in lists.values() for row in codes.values())
    assert lists["roles"]["CRIP"]["en"] == "Child-concern intake unit"
    acts = [act for item in desks for act in item["acts"]]
    assert {item["role"] for item in desks} <= set(lists["roles"])
    assert {act["event"] for act in acts} <= set(lists["event_types"])
    assert {act["purpose"] for act in acts} <= set(lists["purposes"])
    assert {scope for act in acts for scope in act["scopes"]} <= set(lists["scopes"])
    assert {name for act in acts for name in act["conditions"]} <= set(lists["conditions"])


@pytest.mark.parametrize("agency", AGENCIES)
async def test_every_code_of_a_record_has_its_words(agency: str) -> None:
    """Kinds, and each value that a member may have, but media types, names of their own."""
    async with serving(agency) as bench:
        desk = bench.office.agency.desks[0]
        lists = (await bench.get(desk, "/v1/codes")).json()["items"]
        forms = [(await bench.get(desk, f"/v1/records/{kind}")).text for kind in kinds(agency)]

    words = {one["name"]: {row["code"] for row in one["codes"]} for one in lists}
    assert set(kinds(agency)) <= words["kinds"]
    values = {
        value
        for form in forms
        for choice in re.findall(r'"enum":\[([^\]]*)\]', form)
        for value in re.findall(r'"([^"]*)"', choice)
    }
    assert values
    assert values - {"image/jpeg", "image/png"} <= set().union(*words.values())


@pytest.mark.parametrize("agency", AGENCIES)
async def test_the_form_of_a_record_takes_what_is_shipped(agency: str) -> None:
    """Schema and example of every kind, alone and without the document that they come from."""
    async with serving(agency) as bench:
        for kind in kinds(agency):
            role = roles_of(agency, kind)[0]
            form = (await bench.get(desk_of(role), f"/v1/records/{kind}")).json()

            Draft202012Validator.check_schema(form["schema"])
            reader = Draft202012Validator(form["schema"])
            reader.validate(filed(agency, kind, role))
            reader.validate(form["example"])
            assert not reader.is_valid(filed(agency, kind, role) | {"nothing": "of ours"})
            assert "#/components" not in json.dumps(form)
            assert {row["field"].split(".")[0] for row in form["fields"]} == set(
                form["schema"]["properties"]
            )


@pytest.mark.parametrize("agency", AGENCIES)
async def test_the_example_of_a_kind_is_taken_as_it_stands(agency: str) -> None:
    """A newcomer sends it unchanged: refused only what names what its sender alone knows."""
    refused = {}
    async with serving(agency) as bench:
        bench.world.clock.advance(EXAMPLES_AT)
        for kind in kinds(agency):
            desk = desk_of(roles_of(agency, kind)[0])
            form = (await bench.get(desk, f"/v1/records/{kind}")).json()
            tried = await bench.client.post(
                "/v1/referrals?dry_run=true", json=form["example"], headers=bearer(desk)
            )
            refused[kind] = tried.json().get("code")

    assert {kind: code for kind, code in refused.items() if code} == NOT_AS_IT_STANDS.get(
        agency, {}
    )


@pytest.mark.parametrize(("agency", "kind", "role"), every_filing())
def test_a_field_becomes_what_its_form_says(agency: str, kind: str, role: str) -> None:
    """The steps that are told are those of reading: no field is sealed as another scope."""
    model = kinds(agency)[kind]
    record = model.model_validate_json(json.dumps(filed(agency, kind, role)))
    told = {use.field: use for use in record_form(kind, model, {model.__name__: {}}, {}).fields}

    for becomes in model.events_of_kind():
        reading = mapping.read(record, becomes)

        for scope, filling in reading.scopes.items():
            for path in filling.fields:
                assert scope in {member.scope for member in told[path].scopes}
                assert not told[path].stays
        declared = {use.declares: use.field for use in told.values() if use.declares}
        assert reading.declares.items() <= declared.items()
