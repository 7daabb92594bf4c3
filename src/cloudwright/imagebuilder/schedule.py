"""A pipeline's schedule as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudwright.imagebuilder.property_node import PropertyNode

_DAYS = {
    "sun": "Sundays",
    "mon": "Mondays",
    "tue": "Tuesdays",
    "wed": "Wednesdays",
    "thu": "Thursdays",
    "fri": "Fridays",
    "sat": "Saturdays",
}
_ANY = {"*", "?"}
_ON_CHANGE = "EXPRESSION_MATCH_AND_DEPENDENCY_UPDATES_AVAILABLE"


def schedule_words(pipeline: PropertyNode) -> str:
    """When a pipeline runs, such as `Sundays 04:00 UTC, only if dependencies changed`.

    An expression without a short text is shown unchanged.

    Args:
        pipeline: The properties of an `AWS::ImageBuilder::ImagePipeline`.
    """
    schedule = pipeline["Schedule"]
    if not schedule.present:
        return "started by hand"
    expression = schedule["ScheduleExpression"]
    zone = schedule["Timezone"].label if schedule["Timezone"].present else "UTC"
    words = _words(expression.text, zone) if expression.text is not None else expression.label
    changed = schedule["PipelineExecutionStartCondition"].text == _ON_CHANGE
    disabled = pipeline["Status"].text == "DISABLED"
    return f"{words}{', only if dependencies changed' if changed else ''}{' (disabled)' if disabled else ''}"


def _words(expression: str, zone: str) -> str:
    rate = re.fullmatch(r"rate\((\d+) (\w+)\)", expression.strip())
    if rate:
        return f"every {rate[2]}" if rate[1] == "1" else f"every {rate[1]} {rate[2]}"
    cron = re.fullmatch(r"cron\((.*)\)", expression.strip())
    fields = (cron[1] if cron else expression).split()
    if len(fields) not in {5, 6} or not (fields[0].isdigit() and fields[1].isdigit()):
        return expression
    when = _days(fields[2], fields[3], fields[4])
    return f"{when} {int(fields[1]):02}:{int(fields[0]):02} {zone}" if when else expression


def _days(day: str, month: str, weekday: str) -> str:
    if month not in _ANY:
        return ""
    if day in _ANY and weekday in _ANY:
        return "daily"
    if day in _ANY:
        names = [_DAYS.get(name.lower(), "") for name in weekday.split(",")]
        return ", ".join(names) if all(names) else ""
    return f"day {day} of the month" if day.isdigit() and weekday in _ANY else ""
