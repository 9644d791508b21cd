"""`/openapi.json` and `/asyncapi.json`: any reader takes them, what is shipped is as they say."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, get_args

import pytest
from jsonschema import Draft202012Validator

from contracts.vocabulary.reasons import REASONS
from contracts.vocabulary.scopes import AGENCIES
from services.agency.http.interface.problem_codes import CODES
from services.labels.problem_texts import PROBLEM_TEXTS, At
from services.labels.reason_advice import REASON_ADVICE
from tests.patience import PATIENCE
from tests.samples import filed, kinds, roles_of
from tests.services.agency.bench import Bench, bearer, serving
from tests.shell import NODE_FOLDER, ROOT, node_says

# What a caller's request reaches: the codes of these modules may come as a problem.
REACHED = (
    "services/agency", "services/platform/http", "services/education", "services/police",
    "services/justice", "services/child_welfare", "services/association", "services/partner",
    "contracts/decision/draft.py", "contracts/vocabulary/fields.py",
    "contracts/vocabulary/categories.py", "contracts/vocabulary/events/justice.py",
)  # fmt: skip
RAISES = {"ProblemError": 1, "IntakeError": 0, "fault": 0, "later": 1}  # where the code stands
# Of what Starlette refuses of itself with any other status, and of arrivals, which are no requests.
# Two of what an agency answers as a witness, which is no desk's interface; the last of a desk's own
# page.
OUTSIDE = {
    "refused", "wrong_partition", "origin_unknown", "witness_unavailable", "form_not_own",
    "answered_meanwhile",
}  # fmt: skip
# A day's run asks other programs of one agency's; the others' differ by their records alone.
DAILY = [
    pytest.param(agency, marks=() if agency == "child_welfare" else pytest.mark.nightly)
    for agency in AGENCIES
]
LISTS = ("inbox", "duties", "referrals", "desks", "codes")


async def document_of(agency: str, name: str = "openapi") -> dict[str, Any]:
    """The document as the service answers it."""
    async with serving(agency) as bench:
        found: dict[str, Any] = (await bench.client.get(f"/{name}.json")).json()
    return found


def shipped(agency: str) -> list[tuple[str, dict[str, Any]]]:
    """(schema, record) of every sample of an agency, as each role files it."""
    return [
        (model.__name__, filed(agency, kind, role))
        for kind, model in kinds(agency).items()
        for role in roles_of(agency, kind)
    ]


def examples(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Any]]:
    """(schema, example) of every member, body and answer."""
    for schema in document["components"]["schemas"].values():
        for member in schema.get("properties", {}).values():
            yield from ((member, one) for one in member.get("examples", ()))
    for path in document["paths"].values():
        for operation in path.values():
            for part in (operation.get("requestBody", {}), *operation["responses"].values()):
                for content in part.get("content", {}).values():
                    several = content.get("examples", {})
                    shown = [one["value"] for one in several.values()] or [content["example"]]
                    yield from ((content["schema"], one) for one in shown)


@pytest.mark.parametrize("agency", DAILY)
async def test_ajv_compiles_every_schema_and_takes_every_record(agency: str, node: Path) -> None:
    """As it comes, with and without the flag `u`, without warning; refuses no-records."""
    document, records = await document_of(agency), shipped(agency)
    broken = [(name, record | {"told": None}) for name, record in records]
    values = [{"schema": name, "value": value} for name, value in (*records, *broken)]

    found = node_says(node, "validate.mjs", {"document": document, "values": values})

    assert found["faults"] == []
    accepted = found["accepted"]
    assert [name for (name, _), taken in zip(records, accepted, strict=False) if not taken] == []
    assert not any(accepted[len(records) :])


async def test_the_official_parser_takes_asyncapi(node: Path) -> None:
    """No error of `@asyncapi/parser`, and as many operations as topics are read and written."""
    document = await document_of("child_welfare", "asyncapi")

    found = node_says(node, "asyncapi.mjs", document)

    errors = [one for one in found["found"] if one["severity"] == 0]  # 2 is advice: a newer version
    assert (errors, found["valid"]) == ([], True)
    assert sorted(found["operations"]) == sorted(document["operations"])


@pytest.mark.parametrize("agency", AGENCIES)
async def test_jsonschema_takes_every_example(agency: str) -> None:
    """Python's own reader: each member's, each body's, each answer's."""
    document = await document_of(agency)
    rest = {"components": document["components"]}

    for schema, shown in examples(document):
        Draft202012Validator({**schema, **rest}).validate(shown)


async def test_codes_are_one_closed_choice_and_a_thing_has_one_name_in_every_answer() -> None:
    """Each operation lists its codes by status; rows are `items`, `expected` is a text."""
    document = await document_of("child_welfare")
    schemas = document["components"]["schemas"]

    code = schemas["Problem"]["properties"]["code"]
    assert set(code["enum"]) == set(CODES)
    assert all(f"`{one}`: " in code["description"] for one in CODES)
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                assert status < "400" or "\n- `" in response["description"]
    for path in LISTS:
        (content,) = document["paths"][f"/v1/{path}"]["get"]["responses"]["200"]["content"].values()
        members = schemas[content["schema"]["$ref"].rpartition("/")[2]]["properties"]
        assert members["items"]["type"] == "array", path
    told = [one["properties"].get("expected") for one in schemas.values() if "properties" in one]
    assert {one["type"] for one in told if one} == {"string"}


def raised() -> Iterator[str]:
    """Every code that the sources raise by name."""
    files = [file for place in REACHED for file in (ROOT / place).rglob("*.py")]
    files += [ROOT / place for place in REACHED if place.endswith(".py")]
    for call in (node for file in files for node in ast.walk(ast.parse(file.read_bytes()))):
        if not isinstance(call, ast.Call):
            continue
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        if name in RAISES and len(call.args) > RAISES[name]:
            code = getattr(call.args[RAISES[name]], "value", None)
            if isinstance(code, str):
                yield code


# Of an arrival, which nobody asked; of a page for people, which says it in words.
ELSEWHERE = {"wrong_partition", "form_not_own", "answered_meanwhile"}


def test_no_code_is_missing_or_lacks_who_must_act_and_what_next() -> None:
    """What the sources raise is in `problem_codes.py`; every reason; and there is no other."""
    found = set(raised())
    assert found - set(CODES) - OUTSIDE == set()
    assert set(PROBLEM_TEXTS) == (found | set(CODES) | OUTSIDE) - ELSEWHERE
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
        await school.client.post("/v1/referrals/", json={}, headers=bearer("edu-s")),  # no redirect
        await school.client.delete("/v1/inbox"),
        await school.get("edu-s", "/v1/inbox", wait="soon"),
    ]

    for answer in answers:
        problem = answer.json()
        text = PROBLEM_TEXTS[problem["code"]]
        assert (problem["at"], problem["next"]) == (text.at, text.next.say("en"))


@pytest.mark.parametrize("name", ["acknowledge", "outcome", "look_up", "post_referral"])
async def test_each_operation_lists_what_it_answers_to_a_null(school: Bench, name: str) -> None:
    """Its refusal of a body that holds null is among its codes."""
    document = (await school.client.get("/openapi.json")).json()
    ((path, operation),) = [
        (path, one)
        for path, methods in document["paths"].items()
        for one in methods.values()
        if one["operationId"] == name
    ]

    answer = await school.client.post(
        path.replace("{event_id}", "x"), json={"kind": None}, headers=bearer("edu-s")
    )

    assert answer.json()["code"] == "null_not_allowed"
    assert "\n- `null_not_allowed`: " in operation["responses"]["422"]["description"]


async def test_each_code_has_a_page(school: Bench) -> None:
    """Meaning and next step; no token, no script, no other host.

    In the language that a program accepts most, French where it names neither, or the address's.
    """
    for path, accepted, lang in (
        ("", "en-GB, fr;q=0.8", "en"), ("", "en;q=0.5, de, FR-fr;q=0.9", "fr"), ("", "de", "fr"),
        ("?lang=fr", "en", "fr"),
    ):  # fmt: skip
        headers = {"Accept-Language": accepted}
        page = await school.client.get(f"/problems/not_delivered{path}", headers=headers)
        assert f'<html lang="{lang}">' in page.text
    everything = (await school.client.get("/problems?lang=fr")).text
    for code in {*PROBLEM_TEXTS, *REASON_ADVICE}:
        answer = await school.client.get(f"/problems/{code}?lang=fr")

        assert f"<code>{code}</code>" in answer.text
        assert f"<code>{code}</code>" in everything
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "<script" not in answer.text
        assert not re.search(r"(src|href)=[\"']?(https?:)?//", answer.text)


PACKAGES: Final = NODE_FOLDER / "node_modules"
GENERATOR: Final = "org.openapitools:openapi-generator-cli:7.25.0"


def ran(*command: str | Path, cwd: Path) -> tuple[int, str]:
    """A program's exit code, and what it said."""
    words, limit = [str(word) for word in command], 2 * PATIENCE
    done = subprocess.run(
        words, cwd=cwd, capture_output=True, text=True, timeout=limit, check=False
    )
    return done.returncode, done.stdout + done.stderr


async def described(agency: str, folder: Path) -> Path:
    """An agency's document as a file."""
    path = folder / "openapi.json"
    path.write_text(json.dumps(await document_of(agency)))
    return path


@pytest.mark.node
@pytest.mark.parametrize("agency", DAILY)
async def test_typescript_compiles(agency: str, node: Path, tmp_path: Path) -> None:
    """Types by `openapi-typescript`, a client by `tsc --strict`; misspelt members fail."""
    if not (PACKAGES / "openapi-typescript").is_dir():
        pytest.skip("`make setup` installs openapi-typescript")
    document, types = await described(agency, tmp_path), tmp_path / "openapi.d.ts"
    client = tmp_path / "client.ts"
    client.write_text((NODE_FOLDER / "generated_client.ts").read_text())
    generate, tsc = (
        PACKAGES / name for name in ("openapi-typescript/bin/cli.js", "typescript/bin/tsc")
    )

    made = ran(node, generate, document, "-o", types, cwd=tmp_path)
    compiled = ran(node, tsc, "--strict", "--noEmit", "--target", "es2022", client, cwd=tmp_path)

    assert made[0] == 0, made[1]
    assert compiled == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("agency", DAILY)
async def test_java_compiles(agency: str, tmp_path: Path) -> None:
    """By OpenAPI Generator and Java's own HTTP client, with the machine's Maven."""
    maven, java = shutil.which("mvn"), shutil.which("java")
    if maven is None or java is None or shutil.which("javac") is None:
        tell = pytest.fail if "RELAIS_CI" in os.environ else pytest.skip
        tell("no Maven and JDK: apt-get install maven openjdk-17-jdk-headless")
    document = await described(agency, tmp_path)
    target = f"-DoutputDirectory={tmp_path}"
    copy = f"-Dartifact={GENERATOR}", target, "-Dmdep.useBaseVersion=true"

    got = ran(maven, "-q", "-B", "dependency:copy", *copy, cwd=tmp_path)
    assert got[0] == 0, got[1]
    jar = tmp_path / "openapi-generator-cli-7.25.0.jar"
    made = ran(
        java, "-jar", jar, "generate", "-g", "java", "--library", "native", "-i", document, "-o",
        tmp_path / "out",
        "--global-property", "apiTests=false,modelTests=false", cwd=tmp_path,
    )  # fmt: skip
    compiled = ran(maven, "-q", "-B", "compile", cwd=tmp_path / "out") if not made[0] else made

    assert compiled[0] == 0, compiled[1][-2000:]
    assert list((tmp_path / "out/target/classes").rglob("InboxApi.class"))
