"""Who may open the desks' pages of a sandbox: a desk by its short id, with its token for a password."""

from __future__ import annotations

from pathlib import Path

from services.agency.desk.way_in import DeskAccess
from services.agency.http.bearer_tokens import Tokens
from services.platform.browser.access_log import AccessLog
from services.platform.browser.sign_in.local_accounts import LocalAccount, LocalAccounts
from services.platform.http.problems import ProblemError


class TokenAccounts(LocalAccounts):
    """The desks of a table of tokens: no hash that takes memory, no second secret to hand out."""

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


def sandbox_access(tokens: Tokens, state: Path) -> DeskAccess:
    """Who may open the pages; looks are written as everywhere."""
    return DeskAccess(TokenAccounts(tokens), AccessLog(state / "desk-accesses.jsonl"), play=True)
