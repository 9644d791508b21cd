"""`/docs`: one page made of the OpenAPI document, without script, without any other host.

It works offline and under a policy that lets nothing else be loaded. All text is escaped.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

import orjson

_STYLE: Final = """
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.6rem;margin:0}h2{font-size:1.2rem;margin:2.5rem 0 .5rem;text-transform:capitalize}
code,pre{font:.85rem/1.45 ui-monospace,monospace}
details{border:1px solid #8886;border-radius:.4rem;margin:.5rem 0;padding:.4rem .8rem}
summary{cursor:pointer}summary code{font-weight:600}
summary b{display:inline-block;min-width:3.2rem}
pre{overflow:auto;max-height:24rem;background:#8881;padding:.7rem;border-radius:.3rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .6rem .2rem 0}
td{vertical-align:top;border-top:1px solid #8884}
"""
_HASH: Final = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
_POINTERS: Final = (
    "<p>Machine-readable: <a href=openapi.json>openapi.json</a> (HTTP), "
    "<a href=asyncapi.json>asyncapi.json</a> (Kafka). Send "
    "<code>Authorization: Bearer …</code>, one token a desk.</p>"
)
_METHODS: Final = ("get", "post", "put", "delete")


def render(document: Mapping[str, Any]) -> str:
    """The page of an OpenAPI document."""
    info = document["info"]
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        '<meta name=viewport content="width=device-width,initial-scale=1">',
        f"<title>{escape(info['title'])}</title><style>{_STYLE}</style>",
        f"<h1>{escape(info['title'])}</h1><p>{escape(info.get('summary', ''))}</p>",
        _POINTERS,
    ]
    for tag, operations in _by_tag(document).items():
        parts.append(f"<h2>{escape(tag)}</h2>")
        parts += [_operation(*operation) for operation in operations]
    return "".join(parts)


def _by_tag(document: Mapping[str, Any]) -> dict[str, list[tuple[str, str, Any]]]:
    found: dict[str, list[tuple[str, str, Any]]] = {}
    for path, methods in document.get("paths", {}).items():
        for method in _METHODS:
            if method in methods:
                tag = methods[method].get("tags", ["other"])[0]
                found.setdefault(tag, []).append((method, path, methods[method]))
    return found


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    words = escape(operation.get("description") or operation.get("summary", ""))
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", words)
    inner = [_parameters(operation)]
    body = operation.get("requestBody", {}).get("content", {})
    for media, content in body.items():
        schema = content.get("schema", {})
        kinds = schema.get("oneOf", [schema])
        inner += [_schema(f"{media}: {_kind(one)}", one) for one in kinds]
    inner.append(_responses(operation))
    return (
        f"<details><summary><b>{method.upper()}</b> <code>{escape(path)}</code> {text}</summary>"
        f"{''.join(inner)}</details>"
    )


def _kind(schema: Mapping[str, Any]) -> str:
    """A record's `kind`, else the schema's title."""
    kind = schema.get("properties", {}).get("kind", {}).get("const")
    return f"kind {kind}" if kind else str(schema.get("title", "body"))


def _parameters(operation: Mapping[str, Any]) -> str:
    rows = [
        f"<tr><td><code>{escape(one['name'])}</code><td>{escape(one['in'])}"
        f"<td>{escape(one.get('description') or one.get('schema', {}).get('description') or '')}"
        for one in operation.get("parameters", ())
    ]
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _responses(operation: Mapping[str, Any]) -> str:
    return "".join(_each_response(operation.get("responses", {})))


def _each_response(responses: Mapping[str, Any]) -> Iterator[str]:
    refused = [status for status in responses if str(status) >= "400"]
    for status, response in responses.items():
        if status in refused:
            continue
        title = f"{status} {response.get('description', '')}"
        for content in response.get("content", {}).values():
            yield _schema(title, content.get("schema", {}))
    if refused:
        codes = ", ".join(escape(str(status)) for status in refused)
        yield f"<p>Refusals ({codes}) are problem documents (RFC 9457).</p>"


def _schema(title: str, schema: Any) -> str:
    text = orjson.dumps(schema, option=orjson.OPT_INDENT_2).decode()
    return f"<details><summary>{escape(title)}</summary><pre>{escape(text)}</pre></details>"
