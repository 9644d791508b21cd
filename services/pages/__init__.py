"""HTML pages: templates beside the code that fills them, one style sheet, no network, a script only where a page checks files."""

from services.pages.render import POLICY, STYLE, policy_of, render, source_hash

__all__ = ["POLICY", "STYLE", "policy_of", "render", "source_hash"]
