"""Actions that both type checkers have to refuse, in the lines that are marked."""

from __future__ import annotations

from cloudwright import ActionContext, App, action

app = App("typing")


@action
async def announce(context: ActionContext, text: str) -> int:
    return len(context.token + text)


async def other(context: ActionContext) -> None:
    assert context.token


@app.program
def main() -> None:
    announce(3)  # error
    announce()  # error
    announce("a", loud=True)  # error
    action(when="sometimes")(other)  # error
    action(delivery="exactly-once")(other)  # error
    action(after=3)(other)  # error
    text: str = announce("b").result  # error
    assert text
