"""The rules in a hurry: the same expressions with windows, waits and ages of seconds, for tests that see them fire."""

import re
from collections.abc import Mapping

import yaml

from deploy.prometheus import rules

_WINDOW = re.compile(r"\[\d+[smhd]\]")


def hurried(window: str, waiting: str, ages: Mapping[str, tuple[str, str]], windows: Mapping[str, str]) -> str:
    """Give the rules file with every window and every ``for`` replaced.

    ``ages`` are texts in the expressions of an alert and what stands there instead; ``windows`` those of alerts whose
    window is another one.

    Raises:
        AssertionError: an alert has not the text that is to be replaced.
    """
    groups = rules.groups(rules.source())
    for rule in (rule for group in groups for rule in group["rules"]):
        name = rule.get("alert", "")
        expression = _WINDOW.sub(f"[{windows.get(name, window)}]", rule["expr"])
        if name in ages:
            before, after = ages[name]
            assert before in expression, name
            expression = expression.replace(before, after)
        rule["expr"] = expression
        if "for" in rule:
            rule["for"] = waiting
    return yaml.safe_dump({"groups": groups}, sort_keys=False)
