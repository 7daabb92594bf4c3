"""`cloudwright images` without a further word: who gets which image; with `--live`, the live images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cloudwright.cli.options import with_program

if TYPE_CHECKING:
    from cloudwright.cli.context import CommandOptions
    from cloudwright.cli.views.port import View

_EPILOG = """\b
Examples:
  cloudwright images
  cloudwright images infra.py --stage prod
  cloudwright images infra.py -o images.html
  cloudwright images infra.py --live
  cloudwright images infra.py --usage
  cloudwright images show infra.py

\b
Exit codes with --live: 0 as declared, 2 differences, 1 failed (also where
not all could be read and the rest is as declared).
"""


@click.command("show", epilog=_EPILOG)
@with_program
@click.option("-o", "--out", metavar="FILE", help="Also write an HTML page.")
@click.option("--live", is_flag=True, help="Read every account and Region, and compare with the program.")
@click.option("--usage", is_flag=True, help="Ask EC2 what uses the newest images. Creates reports that expire.")
@click.option("--key", metavar="KEY", help="With --live or --usage: only this distribution configuration.")
def show(call: CommandOptions, *, out: str | None, live: bool, usage: bool, key: str | None) -> int:
    """Show who gets which image, and who gains or loses access."""
    if live and usage:
        raise click.UsageError("--live and --usage can't be combined: run the command once with each")
    if key and not (live or usage):
        raise click.UsageError("--key is valid only with --live or --usage")
    if usage and out:
        raise click.UsageError("--usage writes no page; leave out --out")

    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        if live:
            return await _live(call, view, key, out)
        return await (_usage(call, view, key) if usage else _declared(call, view, out))

    return run_command(call, "images", body)


async def _declared(call: CommandOptions, view: View, out: str | None) -> int:
    from cloudwright.cli.program import app_for
    from cloudwright.render.images.text import images_page

    plan = await app_for(call).plan()
    view.images(plan)
    if out:
        _written(view, out, images_page(plan), plan.digest)
    return 0


async def _live(call: CommandOptions, view: View, key: str | None, out: str | None) -> int:
    import time

    from cloudwright.cli.program import app_for
    from cloudwright.render.images.live import live_page

    report = await app_for(call).images.live(key)
    view.live(report)
    if out:
        _written(view, out, live_page(report, time.time()), "")
    if report.drifted:
        return 2
    return int(any(matrix.unknown for matrix in report.matrices))


async def _usage(call: CommandOptions, view: View, key: str | None) -> int:
    from cloudwright.cli.program import app_for

    report = await app_for(call).images.usage(key)
    view.image_usage(report)
    return int(bool(report.unknown) or any(not one.full for one in report.amis))


def _written(view: View, path: str, text: str, digest: str) -> None:
    from cloudwright.cli.output_files import write_text
    from cloudwright.render.contract.command import SavedLine

    write_text(path, text)
    view.message(f"\nwritten: {path}", SavedLine(path=path, digest=digest).as_object())
