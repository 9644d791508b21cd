"""`relais --help` on one screen: commands by reader, each in one line."""

from __future__ import annotations

from typing import Any, Final

from typer.core import TyperGroup

# Who types which commands.
READERS: Final = {
    "Try it": ("demo", "up", "sandbox", "kafka"),
    "Partner": (
        "send", "referrals", "inbox", "acknowledge", "outcome", "duties", "partner", "conformance",
    ),
    "Operator": (
        "status", "serve", "setup", "topics", "acl", "keys", "directory", "layout",
        "quarantine", "erase",
    ),
    "Auditor": ("audit",),
    "Committee": ("convention",),
}  # fmt: skip
EXIT_CODES: Final = "Exit codes: 0 good, 1 finding or refusal, 2 wrong use, 3 unreachable."
MORE: Final = "Options: --version, --install-completion. More: relais COMMAND --help"


class Root(TyperGroup):
    """`relais` itself."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write a line a command, behind the reader whose first command it is."""
        self.format_usage(ctx, formatter)
        formatter.write_paragraph()
        for reader, names in READERS.items():
            known = [name for name in names if name in self.commands]
            for name in known:
                text = self.commands[name].get_short_help_str(formatter.width)
                formatter.write(f"{reader if name == known[0] else '':11}{name:13}{text}\n")
        formatter.write(f"\n{EXIT_CODES}\n{MORE}\n")
