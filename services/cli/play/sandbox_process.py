"""The process of `relais sandbox`: without what reads a command line, a fifth of its memory.

`python -m services.cli.play.sandbox_process JSON`, as the command starts it in its own place.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

import orjson

from contracts.errors import RelaisError

if TYPE_CHECKING:
    import asyncio

    from services.sandbox.app import Listening


MODULE: Final = "services.cli.play.sandbox_process"
# What others import where it is there, for nothing that a sandbox does: structlog draws tracebacks with
# rich (6 MB), FastAPI asks of each model whether it is one of Pydantic's first version (2 MB).
WITHOUT_COLUMNS: Final = ("-X", "no_debug_ranges")  # of code, which tracebacks underline by (1 MB)
LEFT_OUT: Final = ("rich", "pydantic.v1")
# Python's own hashes, which it may be built without: OpenSSL's stand before them where they are there.
HASHES: Final = ("_sha1", "_sha2" if sys.version_info >= (3, 12) else "_sha256", "_sha3", "_blake2")


@dataclass(frozen=True)
class SandboxOptions:
    """What was typed."""

    agency: str
    port: int | None
    home: str
    faults: str
    empty: bool
    webhooks: tuple[str, ...]
    json: bool

    @property
    def command(self) -> list[str]:
        """What Python is started with."""
        return [sys.executable, *WITHOUT_COLUMNS, "-m", MODULE, orjson.dumps(asdict(self)).decode()]


def main(options: SandboxOptions) -> int:
    """Serve until Ctrl-C or SIGTERM; the exit code."""
    _travel_light()
    if not options.webhooks and all(map(find_spec, HASHES)):
        _leave_tls_out()
    from services.operate.home.home import Home
    from services.operate.home.keys import private_folder
    from services.operate.home.lock import alone
    from services.platform.process import exit_codes, logs
    from services.sandbox.app import serve
    from services.sandbox.faults_file import read_faults
    from services.sandbox.webhooks import read_receivers

    failed: list[RelaisError] = []
    home = Path(options.home).resolve()

    async def guarded(stop: asyncio.Event) -> None:
        try:
            await serve(
                Home(home), options.agency, options.port,
                lambda listening: _tell(options, listening), stop, rules, empty=options.empty,
                receivers=receivers,
            )  # fmt: skip
        except RelaisError as error:
            failed.append(error)

    try:
        rules = read_faults(Path(options.faults) if options.faults else None)
        receivers = read_receivers(options.webhooks)
        with alone(home):
            private_folder(home / "logs")
            with (home / "logs" / "sandbox.log").open("a", encoding="utf-8") as lines:
                logs.configure("relais", stream=lines)
                exit_codes.run(guarded)
    except RelaisError as error:
        failed.append(error)
    return _told(failed[0]) if failed else exit_codes.GOOD


def _travel_light() -> None:
    """Before anything is imported: leave out what nobody uses, and build no form that no record has."""
    for name in LEFT_OUT:
        sys.modules[name] = None  # type: ignore[assignment]
    from pydantic import BaseModel, ConfigDict

    BaseModel.model_config = ConfigDict(defer_build=True)  # 4 MB: half of them are never used


class _NoTls(ModuleType):
    """Where `ssl` would stand, for who names what is in it while it is loaded: numbers, and errors that nobody raises."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return 0 if name.isupper() else type(name, (OSError,), {})


def _leave_tls_out() -> None:
    """Leave out OpenSSL for TLS and hashes: a sandbox speaks plain HTTP on this machine (5 MB; a webhook's client wants it)."""
    sys.modules["_hashlib"] = sys.modules["ssl"] = None  # type: ignore[assignment]
    import asyncio  # noqa: F401 (it knows that there may be no TLS; uvicorn and others do not)

    sys.modules["ssl"] = _NoTls("ssl")


def _tell(options: SandboxOptions, listening: Listening) -> None:
    from services.platform.process.clock import FileClock
    from services.sandbox import summary
    from services.sandbox.example import write_example

    write_example(listening.home, FileClock(listening.home.clock).now())
    if options.json:
        sys.stdout.write(
            orjson.dumps(summary.facts(listening), option=orjson.OPT_INDENT_2).decode() + "\n"
        )
    else:
        sys.stdout.write("\n".join(summary.lines(listening)) + "\n")
    sys.stdout.flush()


def _told(error: RelaisError) -> int:
    from services.cli.common.output import in_words
    from services.platform.process.exit_codes import exit_code

    sys.stderr.write(f"relais: {in_words(error)}\n")
    return exit_code(error)


if __name__ == "__main__":
    sys.exit(main(SandboxOptions(**orjson.loads(sys.argv[1]))))
