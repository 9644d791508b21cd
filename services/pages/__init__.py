"""HTML pages: templates beside their code, one style sheet, no network, few scripts."""

from services.pages.render import POLICY, STYLE, policy_of, render, source_hash

__all__ = ["POLICY", "STYLE", "policy_of", "render", "source_hash"]
