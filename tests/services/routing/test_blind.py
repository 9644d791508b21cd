"""The router is blind: no key it is given, and no code it runs, opens a part."""

from __future__ import annotations

import ast
import dataclasses
import inspect
from pathlib import Path

import contracts.log
import services.audit
import services.routing
from contracts.log.routing.partition_router import RouterKeys
from services.platform.keys import keystore

OPENING = {"KeyRing", "MemoryKeyRing", "open_jwe", "open_part", "open_delivery", "X25519PrivateKey"}


def names(path: Path) -> set[str]:
    """Every name that a module uses or imports."""
    tree = ast.parse(path.read_text("utf-8"))
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    found |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found |= {alias.name for alias in node.names}
    return found


def test_the_router_and_the_auditor_have_no_code_that_opens_a_part() -> None:
    """Nothing in routing, audit, settling or replay names a private encryption key."""
    packages = (services.routing, services.audit, contracts.log)
    files = [path for package in packages for path in Path(package.__path__[0]).rglob("*.py")]

    opening = {str(path): names(path) & OPENING for path in files}

    assert len(files) > 60
    assert {name: found for name, found in opening.items() if found} == {}


def test_the_router_is_given_a_signing_key_and_the_routing_secret_alone() -> None:
    """What a router process reads from disk holds no decryption key."""
    fields = {field.name for field in dataclasses.fields(RouterKeys)}

    assert fields == {"signers", "routing_secret"}
    assert "encryption" not in inspect.getsource(keystore.router_keys)
