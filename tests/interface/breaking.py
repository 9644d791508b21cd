"""Which changes of an agency's interface break its callers (use §2.1), by two OpenAPI documents.

What a caller sends may be asked for less and never for more; what a caller is answered may hold more and never
less. New operations, optional members of a request, members of an answer and values in an answer break nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Schema = Mapping[str, Any]

_METHODS: Final = ("get", "post", "put", "delete")
_AT_MOST: Final = ("maxLength", "maxItems", "maximum")  # lowered: less is taken
_AT_LEAST: Final = ("minLength", "minItems", "minimum")  # raised: less is taken
_SAME: Final = ("type", "const", "pattern", "format")  # another one: other values are taken


@dataclass(slots=True)
class Comparison:
    """Two documents, and the pairs of schemas that were looked at: schemas may refer to themselves."""

    old: Mapping[str, Any]
    new: Mapping[str, Any]
    seen: set[tuple[str, str, bool]] = field(default_factory=set)

    def breaking(self) -> Iterator[str]:
        """Each breaking change, one line: where, and what of it."""
        for path, methods in self.old["paths"].items():
            for method in (name for name in _METHODS if name in methods):
                where, there = f"{method.upper()} {path}", self.new["paths"].get(path, {})
                if method not in there:
                    yield f"{where}: the operation is gone"
                else:
                    yield from self._operation(where, methods[method], there[method])

        for name, posted in self.old.get("webhooks", {}).items():  # a request that the caller reads
            now = self.new.get("webhooks", {}).get(name)
            if now is None:
                yield f"webhook {name}: gone"
            else:
                before, after = (one["post"]["requestBody"] for one in (posted, now))
                yield from self._media(f"webhook {name}", before, after, False)

    def _operation(self, where: str, old: Schema, new: Schema) -> Iterator[str]:
        if old.get("operationId") != new.get("operationId"):
            yield f"{where}: another operationId, by which clients are named"
        yield from self._parameters(where, old, new)
        yield from self._body(where, old.get("requestBody"), new.get("requestBody"))
        for status, response in old["responses"].items():
            if status < "300":
                after = new["responses"].get(status)
                if after is None:
                    yield f"{where}: status {status} is gone"
                else:
                    yield from self._media(f"{where}: answer {status}", response, after, False)

    def _parameters(self, where: str, old: Schema, new: Schema) -> Iterator[str]:
        before, after = (
            {(one["in"], one["name"]): one for one in operation.get("parameters", ())}
            for operation in (old, new)
        )
        for key, one in after.items():
            if one.get("required") and not before.get(key, {}).get("required"):
                yield f"{where}: parameter {key[1]} is demanded"
        for key, one in before.items():
            if key not in after:
                yield f"{where}: parameter {key[1]} is gone"
            else:
                place = f"{where}: parameter {key[1]}"
                yield from self._schemas(place, one["schema"], after[key]["schema"], True)

    def _body(self, where: str, old: Schema | None, new: Schema | None) -> Iterator[str]:
        if new and new.get("required") and not (old and old.get("required")):
            yield f"{where}: a body is demanded"
        if old:
            yield from self._media(f"{where}: request", old, new or {}, True)

    def _media(self, where: str, old: Schema, new: Schema, asked: bool) -> Iterator[str]:
        for media, content in old.get("content", {}).items():
            after = new.get("content", {}).get(media)
            if after is None:
                yield f"{where}: {media} is gone"
            else:
                yield from self._schemas(where, content["schema"], after["schema"], asked)

    def _schemas(self, where: str, old: Schema, new: Schema, asked: bool) -> Iterator[str]:
        """Of a schema in a request (`asked`) or an answer."""
        pair = str(old.get("$ref")), str(new.get("$ref")), asked
        if "$ref" in old and "$ref" in new:
            if pair in self.seen:
                return
            self.seen.add(pair)
        old, new = _target(self.old, old), _target(self.new, new)
        yield from self._choices(where, old, new, asked)
        yield from _values(where, old, new, asked)
        yield from self._members(where, old, new, asked)
        for part in ("items", "additionalProperties"):
            if isinstance(old.get(part), Mapping) and isinstance(new.get(part), Mapping):
                yield from self._schemas(f"{where}[]", old[part], new[part], asked)

    def _choices(self, where: str, old: Schema, new: Schema, asked: bool) -> Iterator[str]:
        """Of several schemas that one may be, those of one name or one place are compared."""
        for word in ("oneOf", "anyOf"):
            before, after = (_named(document.get(word, ())) for document in (old, new))
            for name, one in before.items():
                if name in after:
                    yield from self._schemas(f"{where}: {name}", one, after[name], asked)
                elif asked:
                    yield f"{where}: {name} is taken no more"

    def _members(self, where: str, old: Schema, new: Schema, asked: bool) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed, needed_now = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(needed_now - needed if asked else needed - needed_now):
            if asked or name in after:
                yield f"{where}.{name}: " + ("demanded" if asked else "may be absent")
        for name, schema in before.items():
            if name not in after:
                yield f"{where}.{name}: gone"
            else:
                yield from self._schemas(f"{where}.{name}", schema, after[name], asked)


def _target(document: Mapping[str, Any], schema: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    found: Schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def _named(choices: Any) -> dict[str, Schema]:
    return {str(one.get("$ref", at)).rpartition("/")[2]: one for at, one in enumerate(choices)}


def _values(where: str, old: Schema, new: Schema, asked: bool) -> Iterator[str]:
    """Of the values that a schema allows: what is taken no more, or what an answer was never before."""
    for word in _SAME:
        if word in old and word in new and old[word] != new[word]:
            yield f"{where}: another {word}"
    if not asked:
        return
    for word in _SAME:
        if word in new and word not in old and "enum" not in old:
            yield f"{where}: a {word} is demanded"
    if "enum" in new and (lost := set(old.get("enum", ())) - set(new["enum"])):
        yield f"{where}: {', '.join(sorted(map(str, lost)))} is taken no more"
    if "enum" in new and not {"enum", "const"} & set(old):
        yield f"{where}: one of some values is demanded"
    for words, sign in ((_AT_MOST, 1), (_AT_LEAST, -1)):
        for word in words:
            if word in new and (word not in old or sign * new[word] < sign * old[word]):
                yield f"{where}: {word} is {new[word]}, before {old.get(word, 'none')}"
