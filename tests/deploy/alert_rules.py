"""Writes deploy/prometheus/alerts.yaml of the checks: `python -m tests.deploy.alert_rules`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from services.operate.status.alerts import FILE, Rule, rule_of

WRITTEN: Final = Path(__file__).parents[2] / "deploy" / "prometheus" / "alerts.yaml"
HEAD: Final = """\
# Made of services/operate/status/checks.yaml: change it; then `python -m tests.deploy.alert_rules`.
"""
VALUES: Final = {
    "value": "{{ $value }}",
    "time": "{{ $value | humanizeDuration }}",
    "share": "{{ $value | humanizePercentage }}",
}


def made() -> str:
    """The whole file."""
    groups = [
        {"name": group["group"], "rules": [_rule(check) for check in group["checks"]]}
        for group in yaml.safe_load(FILE.read_text("utf-8"))
    ]
    return HEAD + yaml.safe_dump(
        {"groups": groups}, sort_keys=False, allow_unicode=True, width=float("inf")
    )


def _rule(check: Mapping[str, Any]) -> dict[str, Any]:
    expr = check.get("expr", "").replace("$limit", str(check.get("limit")))
    lasts = {"for": check["for"]} if "for" in check else {}
    rule = rule_of(check["name"])
    notes = {"summary": check["en"], "action": check["do_en"]}
    return {
        "alert": check["name"], "expr": expr or (_expr(rule) if rule else ""), **lasts,
        "labels": {"severity": check["severity"]},
        "annotations": {
            **{name: _words(text) for name, text in notes.items()},
            "runbook": f"docs/how-to/{check['see']}",
        },
    }  # fmt: skip


def _expr(rule: Rule) -> str:
    """A rule in Prometheus's language."""
    codes = f'{{code=~"{"|".join(rule.codes)}"}}' if rule.codes else ""
    figure, how = f"relais_{rule.metric}{codes}", rule.how
    if how == "size":
        figure, how = f"abs({figure})", "max"
    figure = f"{how} by ({', '.join(rule.by)}) ({figure})"
    forms = {"since": f"time() - {figure}", "until": f"{figure} - time()"}
    figure = forms.get(rule.time, figure)
    if rule.below is None:
        return f"{figure} > {rule.above:g}"
    least = "" if rule.least is None else f" >= {rule.least:g}"
    return f"{figure} < {rule.below:.0f}{least}"


def _words(text: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda hit: VALUES.get(hit[1], f"{{{{ $labels.{hit[1]} }}}}"), text)


if __name__ == "__main__":
    WRITTEN.write_text(made(), "utf-8")
