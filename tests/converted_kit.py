"""Converted programs, run with made-up answers of their resources."""

from __future__ import annotations

import asyncio
import importlib.util
import itertools
import sys
from typing import TYPE_CHECKING, Any

from catalog_kit import CATALOG
from cloudwright.convert.cloudformation.loops import unrolled
from cloudwright.convert.cloudformation.nodes import read_text
from cloudwright.convert.cloudformation.program import Converted, ProgramNames
from cloudwright.convert.cloudformation.template import parse_template
from cloudwright.convert.cloudformation.write import write_program
from cloudwright.errors import NoAnswer, ProgramError
from cloudwright.program.document import resolve, reveal
from cloudwright.program.reference import TEMPLATE_REF, Ref
from cloudwright.program.run import ProgramRun

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import ModuleType

    from cloudwright.program.declaration import Declaration
    from cloudwright.program.question import LookupQuestion

_NUMBERS = itertools.count()


def convert(text: str, **values: str) -> Converted:
    """The program of a template."""
    naming = ProgramNames(app="web", origin="web.yaml", values=values, tags={})
    return write_program(parse_template(unrolled(read_text(text), values)), CATALOG, naming)


def load(source: str, folder: Path) -> ModuleType:
    """A program as a module."""
    path = folder / f"converted_{next(_NUMBERS)}.py"
    path.write_text(source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[path.stem]
    return module


class Answers:
    """A driver for which everything is deployed already, and answers as told."""

    def __init__(self, refs: Mapping[str, str], attributes: Mapping[tuple[str, str], Any]) -> None:
        self.refs, self.attributes = refs, attributes
        self.declarations: dict[str, Declaration] = {}

    def declared(self, declaration: Declaration) -> None:
        self.declarations[declaration.key] = declaration

    async def ensure(self, key: str) -> None:
        """Everything is in place."""

    def value(self, ref: Ref) -> Any:
        if ref.path in {TEMPLATE_REF, ()}:
            return self.refs[ref.key]
        return self.attributes[ref.key, ".".join(ref.path)]

    async def output(self, app: str, stage: str, state: str | None) -> Mapping[str, object]:
        raise ProgramError(f"no outputs of {app}/{stage} in {state}")

    def ask(self, question: LookupQuestion) -> None:
        """Nothing is asked ahead."""

    async def answer(self, question: LookupQuestion) -> Any:
        if question.kind == "identity":
            arn = "arn:aws:iam::111122223333:user/someone"
            return {"account": "111122223333", "partition": "aws", "region": "eu-west-1", "arn": arn}
        if question.kind == "zones":
            return ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
        raise NoAnswer(f"no answer to {question.title}")

    def documents(self) -> dict[str, Any]:
        """Key -> the properties as they are sent."""
        return {key: reveal(resolve(one.document, self.value)) for key, one in self.declarations.items()}


def sent(source: str, folder: Path, answers: Answers) -> tuple[dict[str, Any], Any]:
    """What a program sends, by key, and what it returns."""
    module = load(source, folder)
    main = module.app._function
    result = asyncio.run(ProgramRun("web", "dev", answers, local=True).run(main))
    return answers.documents(), resolve(result, answers.value)
