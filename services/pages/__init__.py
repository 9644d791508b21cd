"""HTML pages: templates beside the code that fills them, one style sheet, no script, no network."""

from services.pages.render import POLICY, STYLE, render

__all__ = ["POLICY", "STYLE", "render"]
