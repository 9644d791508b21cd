"""`/docs`: one page made of the OpenAPI document, without script, without any other host.

It works offline and under a policy that lets nothing else be loaded. All text is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from services.pages import POLICY, render

HEADERS: Final = {
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
_METHODS: Final = ("get", "post", "put", "delete")


def page(document: Mapping[str, Any]) -> str:
    """The page of an OpenAPI document, in its English."""
    schemas = document.get("components", {}).get("schemas", {})
    return render(
        "services.agency",
        "http/docs_page.html",
        "en",
        info=document["info"],
        groups=_by_tag(document),
        schemas={name: _json(schema) for name, schema in sorted(schemas.items())},
    )


def _by_tag(document: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document.get("paths", {}).items():
        for method in _METHODS:
            if method in methods:
                operation = methods[method]
                tag = operation.get("tags", ["other"])[0]
                groups.setdefault(tag, []).append(_operation(method, path, operation))
    return groups


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    text = operation.get("description") or operation.get("summary", "")
    responses = operation.get("responses", {})
    return {
        "method": method.upper(),
        "path": path,
        "text": text.split("`"),  # every second piece is code
        "parameters": operation.get("parameters", ()),
        "bodies": [*_bodies(operation), *_answers(responses)],
        "refused": ", ".join(str(status) for status in responses if str(status) >= "400"),
    }


def _bodies(operation: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        schema = content.get("schema", {})
        for kind in schema.get("oneOf", [schema]):
            yield _body(f"{media}: {_kind(kind)}", kind)


def _answers(responses: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for status, response in responses.items():
        if str(status) < "400":
            for content in response.get("content", {}).values():
                title = f"{status} {response.get('description', '')}"
                yield _body(title, content.get("schema", {}))


def _body(title: str, schema: Mapping[str, Any]) -> dict[str, str]:
    """A body of a named schema leads to it; any other stands where it is."""
    named = schema.get("$ref", "").rpartition("/")[2] if len(schema) == 1 else ""
    return {"title": title, "named": named, "json": _json(schema)}


def _kind(schema: Mapping[str, Any]) -> str:
    """A record's `kind`, else the schema's title or the name of what it refers to."""
    kind = schema.get("properties", {}).get("kind", {}).get("const")
    named = schema.get("title") or schema.get("$ref", "body").rpartition("/")[2]
    return f"kind {kind}" if kind else str(named)


def _json(schema: Any) -> str:
    return orjson.dumps(schema, option=orjson.OPT_INDENT_2).decode()
