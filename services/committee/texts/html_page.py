"""A self-contained HTML page: no network, no script; readable printed and by a screen reader."""

from __future__ import annotations

from html import escape
from typing import Final

_STYLE: Final = """
:root { color-scheme: light dark; --line: #8886; --soft: #8881; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 80rem; padding: 0 1rem; }
h1, h2, h3, caption { text-align: left; line-height: 1.25; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
caption { font-weight: bold; padding: 1.5rem 0 .5rem; }
abbr { text-decoration: none; white-space: nowrap; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; }
th, td { border: 1px solid var(--line); padding: .35rem .5rem; text-align: left; vertical-align: top; }
thead th { position: sticky; top: 0; background: Canvas; }
td ul { margin: 0; padding-left: 1.1rem; }
dt { font-weight: bold; margin-top: 1.25rem; }
dd { margin: 0; max-width: 48rem; }
dd p { margin: .25rem 0; }
code { font-size: .85em; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--soft); padding: .5rem; }
.change { margin: 1rem 0 1.5rem; max-width: 48rem; }
.change p { margin: .25rem 0; }
.example { border-left: 3px solid var(--line); padding-left: .75rem; font-size: .9em; }
.note { font-size: .9em; }
:target { background: Highlight; color: HighlightText; }
@media print {
  @page { size: A4 landscape; margin: 12mm; }
  body { margin: 0; max-width: none; font-size: 9pt; }
  table { font-size: 7pt; }
  .scroll { overflow: visible; }
  thead { display: table-header-group; }
  thead th { position: static; }
  tr, .change, dd { break-inside: avoid; }
  h2, dt, caption { break-after: avoid; }
  a { color: inherit; text-decoration: none; }
}
"""


def document(title: str, lang: str, body: str) -> str:
    """The whole page.

    Args:
        title: plain text.
        lang: `fr` or `en`.
        body: HTML of the main part, escaped where it has to be.
    """
    if lang == "fr":
        for mark in ":;?!»":  # no line begins with a mark that French sets apart
            body = body.replace(f" {mark}", f"\u00a0{mark}")
        body = body.replace("« ", "«\u00a0")
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>\n"
    )
