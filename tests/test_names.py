"""One name, one meaning: of the classes of the source, and of what code binds."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent


def declared() -> Iterator[tuple[str, str, ast.ClassDef]]:
    """Name, file and declaration of every class of the source."""
    for top in ("contracts", "services"):
        for path in sorted((ROOT / top).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef):
                    yield node.name, str(path.relative_to(ROOT)), node


def own_form(node: ast.ClassDef) -> bool:
    """Whether a class extends one of its own name, as an agency's form of a record that all share."""
    return any(isinstance(base, ast.Attribute) and base.attr == node.name for base in node.bases)


def test_no_class_name_means_two_things() -> None:
    """Who reads a name need not ask of which file; an agency's form of a shared record keeps its."""
    places = defaultdict(list)
    for name, path, node in declared():
        if not own_form(node):
            places[name].append(path)

    assert len(places) > 400
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


NAMED = ("audit", "committee", "operate", "platform")  # of `services/`; the rest follows


def test_a_local_name_says_what_it_is() -> None:
    """`clause`, `desk`, `record`: no `one` and no `found`, which say only that there is something."""
    vague = {}
    for folder in NAMED:
        for path in sorted((ROOT / "services" / folder).rglob("*.py")):
            nodes = list(ast.walk(ast.parse(path.read_text())))
            bound = {
                node.id
                for node in nodes
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            } | {node.arg for node in nodes if isinstance(node, ast.arg)}
            if short := bound & {"one", "found"}:
                vague[str(path.relative_to(ROOT))] = short

    assert vague == {}
