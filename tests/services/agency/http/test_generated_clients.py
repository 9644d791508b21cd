"""Clients that stock generators make of `/openapi.json` compile, or it is our fault."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.patience import PATIENCE
from tests.services.agency.http.test_openapi import DAILY, document_of
from tests.shell import NODE_FOLDER

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
