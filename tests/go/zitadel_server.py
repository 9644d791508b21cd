"""zitadel's OpenID Connect provider on a port: its login page, keys, users, roles."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import orjson

from services.platform.process.tether import tethered

SECRET: Final = "synthetic-secret"
PASSWORD: Final = "synthetic-password"


def signed(log: Path) -> list[tuple[str, ...]]:
    """What a file of looks says of signing in."""
    rows = [orjson.loads(line) for line in log.read_bytes().splitlines()]
    return [(row["what"], row["account"], row["role"]) for row in rows if row["what"] != "looked"]


@dataclass(frozen=True)
class Zitadel:
    """The one that runs."""

    issuer: str
    folder: Path
    process: subprocess.Popen[bytes]

    def settings(self, redirect: str) -> dict[str, Any]:
        """As an operator writes them for a client of it."""
        secret = self.folder / "secret"
        secret.touch(0o600)
        secret.write_text(f"{SECRET}\n")
        return {
            "oidc_issuer": self.issuer, "oidc_client_id": "relais-console",
            "oidc_client_secret_file": secret, "oidc_redirect": redirect,
        }  # fmt: skip


@contextmanager
def zitadel(program: Path, folder: Path, redirect: str, **roles: Any) -> Iterator[Zitadel]:
    """Run it while the block lasts."""
    users = {name: {"ID": name, "Username": name, "Password": PASSWORD} for name in roles}
    (folder / "users.json").write_bytes(orjson.dumps(users))
    (folder / "roles.json").write_bytes(orjson.dumps(roles))
    command: list[str | Path] = [
        program, "-users", folder / "users.json", "-roles", folder / "roles.json", "-redirect",
        redirect,
        "-secret", SECRET,
    ]  # fmt: skip
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(tethered(command), stdout=subprocess.PIPE, stderr=said)
        assert process.stdout is not None
        try:
            issuer = process.stdout.readline().decode().strip()
            assert issuer, (folder / "said").read_text()[-600:]
            yield Zitadel(issuer, folder, process)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


async def way_back(browser: httpx.AsyncClient, entrance: str, back: str, account: str) -> str:
    """Type the password on the provider's page; the address that it then sends the browser to."""
    answer = await browser.get(entrance)
    while answer.status_code in (302, 303):
        where = answer.headers["location"]
        if where.startswith(back):
            return str(where)
        answer = await browser.get(answer.request.url.join(where))
        if (asked := re.search(r'name="id" value="([^"]+)"', answer.text)) is not None:
            form = {"id": asked[1], "username": account, "password": PASSWORD}
            answer = await browser.post(answer.request.url.copy_with(query=None), data=form)
    raise AssertionError(answer.text)
