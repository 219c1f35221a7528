"""A plan as a table for a terminal, and as markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from headgate.record.plan import Outlook, Plan, PlannedCheck, Scenario
from headgate.report.inert import plain
from headgate.report.tables import Fitting, over, table
from headgate.report.wording import MISSING, allowed, model_name

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

OUTLOOKS: dict[Outlook, str] = {
    "ready": "ready",
    "few_rows": "too few rows",
    "never_passes": "can never pass",
    "never_fails": "can never fail",
    "not_judged": "not judged",
    "no_interval": "no interval",
}
COLOURS: dict[Outlook, str] = {
    "ready": "green",
    "few_rows": "yellow",
    "never_passes": "red",
    "never_fails": "red",
    "not_judged": "dim",
    "no_interval": "dim",
}


def plan_text(plan: Plan) -> Group:
    """The headline, a row per check, why, and what the numbers rest on."""
    from rich.console import Group
    from rich.text import Text

    said = [Text(reason) for reason in reasons(plan)]
    rests_on = [Text(assumption, style="dim") for assumption in plan.assumptions]
    shown = Fitting(wide=_wide(plan), narrow=_narrow(plan))
    return Group(Text(headline(plan), style="bold"), shown, *said, Text(), *rests_on)


def _wide(plan: Plan) -> Table:
    from rich.text import Text

    made = table()
    first, *middle, last = heads(plan)
    made.add_column(first)
    for head in middle:
        made.add_column(head, justify="right")
    made.add_column(last)
    for check in plan.checks:
        *texts, outlook = cells(check)
        numbers = [Text(text, style=_style(check, place - 3)) for place, text in enumerate(texts)]
        made.add_row(*numbers, Text(outlook, style=COLOURS[check.outlook]))
    return made


def _narrow(plan: Plan) -> Table:
    """What is allowed, and the rows there are, stand below the check's name."""
    from rich.text import Text

    made = table()
    first, _, _, *needed, last = heads(plan)
    made.add_column(first, overflow="fold")
    for head in needed:
        made.add_column(head.replace(", ", "\n"), justify="right", no_wrap=True)
    made.add_column(last, overflow="fold")
    for check in plan.checks:
        name, limit, rows, *numbers, outlook = cells(check)
        made.add_row(
            over(name, f"allowed {limit}, {rows} rows"),
            *(Text(text, style=_style(check, place)) for place, text in enumerate(numbers)),
            Text(outlook, style=COLOURS[check.outlook]),
        )
    return made


def plan_markdown(plan: Plan) -> str:
    """The same for a page."""
    names = heads(plan)
    lines = [f"### headgate: {plain(headline(plan))}", "", f"| {' | '.join(names)} |"]
    lines.append("|---|" + "--:|" * (len(names) - 2) + "---|")
    for check in plan.checks:
        first, *middle, last = cells(check)
        shown = [f"**{text}**" if _short(check, place - 2) else text for place, text in enumerate(middle)]
        lines.append(f"| {' | '.join([plain(first), *shown, last if check.outlook == 'ready' else f'**{last}**'])} |")
    lines += ["", *(f"- {plain(reason)}" for reason in reasons(plan)), ""]
    return "\n".join([*lines, plain(" ".join(plan.assumptions))]) + "\n"


def headline(plan: Plan) -> str:
    """How many checks the rows at hand are enough for."""
    deciding = [check for check in plan.checks if check.outlook in ("ready", "few_rows", "never_passes", "never_fails")]
    ready = sum(check.outlook == "ready" for check in deciding)
    checks = f"{ready} of {len(deciding)} check{'' if len(deciding) == 1 else 's'}"
    return f"PLAN: {plan.rows:,} rows of {model_name(plan.baseline)} are enough for {checks} that compare"


def heads(plan: Plan) -> tuple[str, ...]:
    """The columns: first and last are words, the others numbers."""
    shares = [scenario.discordance for scenario in (plan.checks[0].scenarios if plan.checks else ())]
    asked = (f"needed, {share:.0%} differ" for share in shares)
    return ("check", "allowed", "rows", *asked, "outlook")


def cells(check: PlannedCheck) -> tuple[str, ...]:
    """The row of `check`."""
    rows = MISSING if check.rows is None else f"{check.rows:,}"
    return (check.id, allowed(check), rows, *map(_needed, check.scenarios), OUTLOOKS[check.outlook])


def reasons(plan: Plan) -> Iterator[str]:
    """Why, for every check that is not simply ready."""
    for check in plan.checks:
        if check.outlook != "ready":
            yield f"{check.id}: {check.why}."


def _needed(scenario: Scenario) -> str:
    return MISSING if scenario.required_rows is None else f"{scenario.required_rows:,}"


def _short(check: PlannedCheck, place: int) -> bool:
    """Whether the scenario at `place`, where there is one, needs more rows than there are."""
    if not 0 <= place < len(check.scenarios):
        return False
    needed = check.scenarios[place].required_rows
    return needed is not None and check.rows is not None and needed > check.rows


def _style(check: PlannedCheck, place: int) -> str:
    return "yellow" if _short(check, place) else ""
