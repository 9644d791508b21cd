"""Write `kafka/jars.lock` from `kafka/jgo.toml`: exactly which jars, their sizes and hashes.

Run by `make requirements`, never by a user: the lock is committed, and `fetch` trusts only it.
"""

from __future__ import annotations

import hashlib
import sys
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from services.play.kafka.fetch import LOCK, Jar, locked_jars

SPEC: Final = Path(str(LOCK)).with_name("jgo.toml")


def main() -> None:
    """Resolve, download everything once, and replace the lock."""
    with TemporaryDirectory() as cache:
        jars = [_describe(artifact) for artifact in _resolve(Path(cache))]
    lines = [f"{jar.coordinate} {jar.size} {jar.sha256}\n" for jar in sorted(jars)]
    Path(str(LOCK)).write_text("".join(lines), encoding="ascii")
    total = sum(jar.size for jar in locked_jars())
    sys.stderr.write(f"{len(lines)} jars, {total / 1e6:.0f} MB\n")


def _resolve(cache: Path) -> list[Any]:
    from jgo.env import EnvironmentBuilder, EnvironmentSpec
    from jgo.maven import MavenContext

    spec = EnvironmentSpec._from_dict(tomllib.loads(SPEC.read_text()))
    context = MavenContext(repo_cache=cache)
    wanted = EnvironmentBuilder(context=context, cache_dir=cache).spec_to_dependencies(spec)
    given, further = context.resolver.resolve(wanted)
    kept = [*given, *(item for item in further if item.scope in ("compile", "runtime"))]
    return [item.artifact for item in kept]


def _describe(artifact: Any) -> Jar:
    data = artifact.resolve().read_bytes()
    name = f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}"
    return Jar(name, len(data), hashlib.sha256(data).hexdigest())


if __name__ == "__main__":
    main()
