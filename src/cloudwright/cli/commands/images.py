"""`cloudwright images`."""

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
"""


@click.command("images", epilog=_EPILOG)
@with_program
@click.option("-o", "--out", metavar="FILE", help="Also write it as an HTML page.")
def command(call: CommandOptions, *, out: str | None) -> int:
    """Show who gets which image in which Region, and who gains or loses access."""
    from cloudwright.cli.run_command import run_command

    async def body(view: View) -> int:
        from cloudwright.cli.output_files import write_text
        from cloudwright.cli.program import app_for
        from cloudwright.render.images.text import images_page

        plan = await app_for(call).plan()
        view.images(plan)
        from cloudwright.render.contract.command import SavedLine

        if out:
            write_text(out, images_page(plan))
            view.message(f"\nwritten: {out}", SavedLine(path=out, digest=plan.digest).as_object())
        return 0

    return run_command(call, "images", body)
