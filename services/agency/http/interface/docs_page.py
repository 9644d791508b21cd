"""`/docs`: one page made of the OpenAPI document, and one for the first hour: no script, no other host.

It works offline and under a policy that lets nothing else be loaded. All text is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from services.agency.http.interface.curl_lines import curl_line
from services.agency.http.interface.schema_words import coded, members, parameter
from services.pages import render

_METHODS: Final = ("get", "post", "put", "delete")


def page(document: Mapping[str, Any]) -> str:
    """The page of an OpenAPI document, in its English."""
    schemas = document.get("components", {}).get("schemas", {})
    return render(
        "services.agency",
        "http/interface/docs_page.html",
        "en",
        info=document["info"],
        groups=_by_tag(document) | _posted(document),
        schemas={
            name: {"text": _paragraphs(schema), "members": members(schema)}
            for name, schema in sorted(schemas.items())
        },
    )


def first_hour() -> str:
    """The page that leads a newcomer through a sandbox, command by command."""
    return render("services.agency", "http/interface/first_hour.html", "en")


def _by_tag(document: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document.get("paths", {}).items():
        for method in _METHODS:
            if method in methods:
                operation = methods[method]
                tag = operation.get("tags", ["other"])[0]
                groups.setdefault(tag, []).append(_operation(method, path, operation))
    return groups


def _posted(document: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """What the service asks of a desk's own receiver, of which there is no line to type."""
    received = [
        _received(method, name, operation)
        for name, methods in document.get("webhooks", {}).items()
        for method, operation in methods.items()
    ]
    return {"webhooks": received} if received else {}


def _received(method: str, name: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    """As an operation, with what each answer means to the service."""
    shown, answers = _operation(method, name, operation), operation["responses"].items()
    said = [coded(f"`{status}`: {one['description']}.") for status, one in answers]
    return shown | {"curl": "", "refused": "", "more": [*shown["more"], *said]}


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    responses = operation.get("responses", {})
    text, *more = _paragraphs(operation) or [coded(operation.get("summary", ""))]
    return {
        "method": method.upper(),
        "path": path,
        "text": text,
        "more": more,
        "curl": curl_line(method, path, operation),
        "parameters": [parameter(one) for one in operation.get("parameters", ())],
        "bodies": [*_bodies(operation), *_answers(responses)],
        "refused": ", ".join(str(status) for status in responses if str(status) >= "400"),
    }


def _paragraphs(told: Mapping[str, Any]) -> list[list[str]]:
    """A description's paragraphs, each in pieces of which every second is code."""
    return [coded(one) for one in told.get("description", "").split("\n\n") if one]


def _bodies(operation: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        schema = content.get("schema", {})
        examples = content.get("examples", {})
        for kind in schema.get("oneOf", [schema]):
            name = _name(kind)
            shown = examples.get(name, {}).get("value", content.get("example"))
            yield _body(f"{media}: {_kind(kind)}", name, shown)


def _answers(responses: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for status, response in responses.items():
        if str(status) < "400":
            for content in response.get("content", {}).values():
                title = f"{status} {response.get('description', '')}"
                yield _body(title, _name(content.get("schema", {})), content.get("example"))


def _body(title: str, named: str, example: Any) -> dict[str, Any]:
    """A body leads to the table of its schema, and shows an example of the whole."""
    return {
        "title": coded(title),
        "named": named,
        "example": _json(example) if example else "",
    }


def _name(schema: Mapping[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _kind(schema: Mapping[str, Any]) -> str:
    """A record's `kind`, else the schema's title or the name of what it refers to."""
    kind = schema.get("properties", {}).get("kind", {}).get("const")
    named = schema.get("title") or schema.get("$ref", "body").rpartition("/")[2]
    return f"kind {kind}" if kind else str(named)


def _json(value: Any) -> str:
    """As it would be written by hand."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
