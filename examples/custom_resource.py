"""A resource type of your own: a text file, planned and deployed like any AWS type."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from cloudwright import App
from cloudwright.provider import Context, CustomResource, Made, Provider, attribute, create_only


class TextFile(CustomResource, type="Example::Files::TextFile", identifier=("path",)):
    path: Annotated[str, create_only]
    content: str
    size: int = attribute(follows=["content"])


class TextFiles(Provider[TextFile]):
    idempotent = True  # writing the same file again makes no second one
    runs_locally = True  # with --local, too

    async def create(self, new: TextFile, context: Context) -> Made:
        await asyncio.to_thread(Path(new.path).write_text, new.content)
        return Made(new.path)

    async def read(self, identifier: str, context: Context) -> Mapping[str, object] | None:
        try:
            content = await asyncio.to_thread(Path(identifier).read_text)
        except FileNotFoundError:
            return None
        return {"content": content, "size": len(content)}

    async def update(self, identifier: str, old: TextFile, new: TextFile, context: Context) -> None:
        await asyncio.to_thread(Path(identifier).write_text, new.content)

    async def delete(self, identifier: str, context: Context) -> None:
        await asyncio.to_thread(Path(identifier).unlink, missing_ok=True)


app = App("files", providers=[TextFiles()])


@app.program
def main() -> dict[str, object]:
    motto = TextFile("motto", path="motto.txt", content="Infrastructure is plain Python.\n")
    TextFile("note", path="note.txt", content=f"The motto has {motto.size} characters.\n")
    return {"size": motto.size}
