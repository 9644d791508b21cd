"""An operation as a line of curl for `/docs`, to be copied into a shell.

`$URL` is the service's address, `$TOKEN` the desk's, `$EVENT` the id of an event and `$KEY` the sender's own
Idempotency-Key; a record lies in `record.json`.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any, Final

import orjson

_BEARER: Final = '-H "Authorization: Bearer $TOKEN"'
_KEYED: Final = '-H "Idempotency-Key: $KEY"'
_PLACE: Final = re.compile(r"\{(\w+)\}")


def curl_line(method: str, path: str, operation: Mapping[str, Any]) -> str:
    """The line; what is optional in its query is left out.

    Args:
        operation: of the OpenAPI document.
    """
    parameters = {one["name"]: one for one in operation.get("parameters", ())}
    url = _PLACE.sub(lambda place: _filled(parameters[place[1]]), path)
    words = ["curl -sS", f'"$URL{url}"', _BEARER]
    if method != "get":
        words.insert(1, f"-X {method.upper()}")
    if "Idempotency-Key" in parameters:
        words.append(_KEYED)
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        words += [f"-H 'Content-Type: {media}'", _body(content)]
    return " ".join(words)


def _filled(parameter: Mapping[str, Any]) -> str:
    if parameter["name"] == "event_id":
        return "$EVENT"
    shown: str = parameter.get("example") or parameter["schema"]["examples"][0]
    return shown


def _body(content: Mapping[str, Any]) -> str:
    if "examples" in content:
        return "--data-binary @record.json"
    return f"-d {shlex.quote(orjson.dumps(content['example']).decode())}"
