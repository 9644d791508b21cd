"""YAML from outside as texts, lists and dicts that know their lines (issue 3, 5: hostile files).

A small part of YAML 1.1 is enough for a convention: mappings with unique text keys, sequences and
scalars. Aliases, anchors, tags, directives and further documents are refused while the events
stream in, before anything is built; so are size, depth and number of nodes. Scalars stay text:
`true` is decided by the reader of the field, no date and no number is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import yaml

from contracts.errors import ConventionError

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 12  # the shipped file uses 6
MAX_NODES: Final = 100_000  # the shipped file has about 3,000


class Text(str):
    """A scalar; `plain` is false if it stood in quotes or as a block."""

    __slots__ = ("line", "plain")
    line: int
    plain: bool


class Items(list[Any]):
    """A sequence of nodes."""

    __slots__ = ("line",)

    def __init__(self, line: int) -> None:
        self.line = line


class Fields(dict[str, Any]):
    """A mapping of nodes, with the line of each key."""

    __slots__ = ("line", "lines", "open_key")

    def __init__(self, line: int) -> None:
        self.line = line
        self.lines: dict[str, int] = {}
        self.open_key: str | None = None  # that waits for its value


Node = Text | Items | Fields


def read_yaml(data: bytes, name: str) -> Fields:
    """Parse the bytes of a file whose top is a mapping.

    Args:
        name: file name, for messages.

    Raises:
        ConventionError: `too_large`, `not_utf8`, `not_yaml`, `empty_file`, `not_a_mapping`,
            `alias_not_allowed`, `anchor_not_allowed`, `tag_not_allowed`,
            `directive_not_allowed`, `several_documents`, `too_deep`, `too_many_nodes`,
            `bad_key`, `duplicate_key`.
    """
    if len(data) > MAX_BYTES:
        raise ConventionError("too_large", "more bytes", f"{MAX_BYTES}", file=name)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConventionError("not_utf8", "other bytes", "UTF-8", file=name, line=line) from None
    root = _Builder(name).build(text)
    if not isinstance(root, Fields):
        line = root.line if root is not None else 0
        code = "not_a_mapping" if root is not None else "empty_file"
        raise ConventionError(code, "", "a mapping", file=name, line=line)
    return root


class _Builder:
    """Builds nodes from the parser's events, with a stack of its own: no recursion to exhaust."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._stack: list[Items | Fields] = []
        self._root: Node | None = None
        self._nodes = 0
        self._documents = 0

    def build(self, text: str) -> Node | None:
        for event in self._events(text):
            line = event.start_mark.line + 1
            if isinstance(event, yaml.AliasEvent):
                self._refuse("alias_not_allowed", line)
            elif isinstance(event, yaml.NodeEvent):
                self._node(event, line)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._stack.pop()
            elif isinstance(event, yaml.DocumentStartEvent):
                self._document(event, line)
        return self._root

    def _events(self, text: str) -> Iterator[Any]:
        try:
            yield from yaml.parse(text, Loader=yaml.CSafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._refuse("not_yaml", mark.line + 1 if mark else 0)
        except yaml.YAMLError:
            self._refuse("not_yaml", 0)

    def _document(self, event: yaml.DocumentStartEvent, line: int) -> None:
        self._documents += 1
        if self._documents > 1:
            self._refuse("several_documents", line)
        if event.version or event.tags:
            self._refuse("directive_not_allowed", line)

    def _node(self, event: Any, line: int) -> None:
        if event.anchor is not None:
            self._refuse("anchor_not_allowed", line)
        if event.tag is not None:
            self._refuse("tag_not_allowed", line)
        self._nodes += 1
        if self._nodes > MAX_NODES:
            self._refuse("too_many_nodes", line, f"at most {MAX_NODES}")
        if isinstance(event, yaml.ScalarEvent):
            text = Text(event.value)
            text.line, text.plain = line, not event.style
            self._place(text)
            return
        node = Fields(line) if isinstance(event, yaml.MappingStartEvent) else Items(line)
        self._place(node)
        self._stack.append(node)
        if len(self._stack) > MAX_DEPTH:
            self._refuse("too_deep", line, f"at most {MAX_DEPTH} levels")

    def _place(self, node: Node) -> None:
        if not self._stack:
            self._root = node
            return
        parent = self._stack[-1]
        if isinstance(parent, Items):
            parent.append(node)
        elif parent.open_key is not None:
            parent[parent.open_key] = node
            parent.open_key = None
        elif not isinstance(node, Text):
            self._refuse("bad_key", node.line, "a plain word")
        elif node in parent.lines:
            self._refuse("duplicate_key", node.line)
        else:
            parent.open_key = str(node)
            parent.lines[parent.open_key] = node.line

    def _refuse(self, code: str, line: int, expected: str = "") -> None:
        raise ConventionError(code, "", expected, file=self._name, line=line)
