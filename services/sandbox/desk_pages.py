"""The desks' pages of a sandbox: a desk signs in by its short id, with its token for a password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.agency.desk.routes import DeskPages
from services.agency.desk.way_in import DeskAccess
from services.agency.http.bearer_tokens import Tokens
from services.agency.http.desk_request import Parts
from services.platform.browser.access_log import AccessLog
from services.platform.browser.sign_in.local_accounts import LocalAccount, LocalAccounts
from services.platform.http.problems import ProblemError


class TokenAccounts(LocalAccounts):
    """The desks of a table of tokens: no second secret to hand out."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__({})
        self._tokens = tokens

    def check(self, name: str, password: str) -> LocalAccount | None:
        """The desk, None if the token is another's or nobody's."""
        try:
            desk = self._tokens.check(f"Bearer {password}", name)
        except ProblemError:
            return None
        return LocalAccount(desk, desk, "")


@contextmanager
def desk_pages(parts: Parts, state: Path) -> Iterator[DeskPages]:
    """What lies below `/desk`, while the block lasts; looks are written into a file of `state`."""
    looks = AccessLog(state / "desk-accesses.jsonl")
    try:
        yield DeskPages(parts, DeskAccess(TokenAccounts(parts.tokens), looks, play=True))
    finally:
        looks.close()
