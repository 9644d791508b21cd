"""Strimzi's custom resources as JSON schemas, from the Java model that Strimzi itself publishes.

The CRDs are files of a release page, which no package registry has; the model of their API is a
jar. Fabric8's generator makes CRDs of it: names, types and enumerations, but neither required
fields nor what differs by `type` (an object that has `type` alone there is left open).
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, Final

import yaml

from services.play.kafka.fetch import Jar, cache_dir, download, java

LOCK: Final = Path(__file__).parent / "strimzi.lock"  # as services/play/kafka/files/jars.lock
MAIN: Final = "io.fabric8.crd.generator.cli.CRDGeneratorCLI"
PACKAGES: Final = ("kafka", "nodepool", "topic", "user")


def jars() -> list[Path]:
    """Strimzi's API and the generator, each checked against its hash."""
    rows = (line.split() for line in LOCK.read_text().splitlines())
    return download(
        [Jar(name, int(size), sha256) for name, size, sha256 in rows], cache_dir() / "strimzi"
    )


def schemas(folder: Path) -> dict[str, dict[str, Any]]:
    """Kind -> schema of the whole resource; properties that it does not name are refused."""
    paths = jars()
    api = next(path for path in paths if path.name.startswith("api-"))
    wanted = [f"--include-package=io.strimzi.api.kafka.model.{name}" for name in PACKAGES]
    class_path = ":".join(str(path) for path in paths)
    subprocess.run(
        [str(java()), "-cp", class_path, MAIN, "--output-dir", str(folder), *wanted, str(api)],
        check=True, capture_output=True,
    )  # fmt: skip
    found = {}
    for path in folder.glob("*.yml"):
        crd = yaml.safe_load(path.read_text())["spec"]
        found[crd["names"]["kind"]] = closed(crd["versions"][0]["schema"]["openAPIV3Schema"])
    return found


def closed(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema, in which an object may have no properties but those that are named."""
    own = dict(schema)
    named = {name: closed(one) for name, one in own.pop("properties", {}).items()}
    named.pop("additionalProperties", None)  # a field of the Java class, none of the resource
    if "items" in own:
        own["items"] = closed(own["items"])
    if named:
        own |= {"properties": named}
        if set(named) != {"type"} and "apiVersion" not in named and "spec" not in named:
            own["additionalProperties"] = False
    elif own.get("additionalProperties") == {"type": "object"}:
        own["additionalProperties"] = {}  # Java's Object: any value
    return own
