"""Values from other stacks and from macros."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.examples import example_of
from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.convert.cloudformation.values import (
    Expression,
    PythonType,
    joined,
)
from cloudwright.convert.writer.code import (
    CallOf,
    Code,
    Formatted,
    TextOf,
)

if TYPE_CHECKING:
    from cloudwright.convert.cloudformation.known_names import KnownNames
    from cloudwright.convert.cloudformation.nodes import TemplateNode
    from cloudwright.convert.cloudformation.translator import Translator
    from cloudwright.diff.shape import Shape


def import_value(translator: Translator, node: TemplateNode, place: Shape | None) -> Expression:
    """`Fn::ImportValue`.

    Raises:
        SourceError: Its arguments have the wrong form.
    """
    return _exported(translator, translator.plain(translator.text(node)), place)


def _exported(translator: Translator, name: Expression, place: Shape | None) -> Expression:
    translator.known.helpers.add("exported")
    example = TextOf(example_of(_words(name.code), [place] if place is not None else []))
    live = translator.known.exports.get(_known_text(translator.known, name.code))
    otherwise = (("otherwise", TextOf(live)),) if live is not None else ()
    call = CallOf("await exported", (("", name.code), ("example", example), *otherwise))
    return Expression(call, PythonType.TEXT, secret=name.secret)


def _known_text(known: KnownNames, code: Code) -> str:
    """A text made of literals only; empty if it contains anything else."""
    variables = {variable: known.values.get(name) for name, variable in known.parameters.items()}
    parts = code.parts if isinstance(code, Formatted) else (code.value if isinstance(code, TextOf) else code,)
    found = [one if isinstance(one, str) else variables.get(getattr(one, "source", "")) for one in parts]
    return "" if None in found else "".join(map(str, found))


def stack_output(translator: Translator, node: TemplateNode, place: Shape | None) -> Expression:
    """`Fn::GetStackOutput`.

    Raises:
        SourceError: Its arguments have the wrong form.
    """
    stack, output = node.get("StackName"), node.get("OutputName")
    if stack is None or output is None or node.get("Region") or node.get("RoleArn"):
        return translator.undecided("Fn::GetStackOutput of another account or Region", node)
    name = joined(
        [translator.text(stack), Expression(TextOf("-"), PythonType.TEXT, literal=True), translator.text(output)]
    )
    return _exported(translator, translator.plain(name), place)


def transform(translator: Translator, node: TemplateNode, place: Shape | None) -> Expression:
    """`Fn::Transform`: a macro.

    Raises:
        SourceError: Its arguments have the wrong form.
    """
    del place
    name = node.get("Name")
    return translator.undecided(f"only CloudFormation can run the macro {scalar_text(name) if name else ''}", node)


def _words(name: Code) -> str:
    """The literal parts of a name."""
    if isinstance(name, Formatted):
        return "".join(part for part in name.parts if isinstance(part, str))
    return name.value if isinstance(name, TextOf) else ""
