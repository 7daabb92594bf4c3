"""A program in several files: one for each family of resources, one for each nested template, and `infra.py`.

Each file has a function that declares its resources. It returns the resources that other files refer to as an object;
those files take the object as an argument, so that imports and references run one way.
"""

from __future__ import annotations

import ast
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING

from cloudwright import converted
from cloudwright.convert.cloudformation.custom import IMPORTS, class_lines, function_properties, is_custom
from cloudwright.convert.cloudformation.families import family, together
from cloudwright.convert.cloudformation.filling import read_by_outputs
from cloudwright.convert.cloudformation.module_head import import_lines, mapping
from cloudwright.convert.cloudformation.order import mentions
from cloudwright.convert.cloudformation.parameters import annotation, signature
from cloudwright.convert.cloudformation.program import Converted, Program
from cloudwright.convert.cloudformation.provided import provided_names
from cloudwright.convert.cloudformation.resources import class_name
from cloudwright.convert.cloudformation.stack_function import function_body, outer_body, part_body
from cloudwright.convert.writer.code import Assign, CallOf, Raw, Return
from cloudwright.convert.writer.names import Names
from cloudwright.generate.source import WIDTH
from cloudwright.lazy_dataclass import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudwright.convert.cloudformation.known_names import KnownNames
    from cloudwright.convert.cloudformation.program import ProgramNames
    from cloudwright.convert.writer.code import Code, Statement

MAIN = "infra.py"
"""The file that holds the app."""

_CLOUDWRIGHT = frozenset({"App", "Resource", "Secret", "asset", "component", "lookup", "secret", "target"})
_CONSTANTS, _PROVIDERS = "constants", "providers"


@dataclass(frozen=True, slots=True)
class ProgramFile:
    """The resources that one file declares.

    Attributes:
        name: The file's, without `.py`.
        variable: The variable that holds them in other files.
        kind: The class of the object that the function returns.
        resources: Logical ids.
        shown: Those that other files refer to.
        needs: The names of the parts that its resources refer to.
    """

    name: str
    variable: str
    kind: str
    resources: tuple[str, ...]
    shown: tuple[str, ...]
    needs: tuple[str, ...]

    @property
    def function(self) -> str:
        """The function that declares the resources."""
        return f"declare_{self.name}"


def split_program(known: KnownNames, naming: ProgramNames) -> Converted:
    """Write the program of a template in several files.

    Args:
        known: The names of the outermost template.
        naming: What the program is called.

    Raises:
        SourceError: A value of the template can't be translated.
    """
    return SplitProgram(known, naming).written()


class SplitProgram(Program):
    """The texts of a program in several files."""

    def __init__(self, known: KnownNames, naming: ProgramNames) -> None:
        """Assign each resource to a file.

        Args:
            known: The names of the outermost template.
            naming: What the program is called.
        """
        super().__init__(known, naming)
        self.files: Names = Names((*sys.stdlib_module_names, "infra", _CONSTANTS, _PROVIDERS, "cloudwright"))
        self.components: dict[str, str] = {
            one.function: self.files.take(one.function, f"{one.function}_stack") for one in known.functions[:-1]
        }
        self.parts: list[ProgramFile] = self.ordered_parts()
        variables = dict(known.resources)
        for part in self.parts:
            variables.update({name: f"{part.variable}.{known.resources[name]}" for name in part.shown})
        known.resources = variables

    def ordered_parts(self) -> list[ProgramFile]:
        """The parts, each after those that it needs."""
        resources = self.template.resources
        needs = {name: self.needed(name) for name in resources}
        groups = together({name: family(one.type) for name, one in resources.items()}, needs)
        homes = {name: group for group, names in groups.items() for name in names}
        shown = read_by_outputs(self.template)
        shown |= {one for name, others in needs.items() for one in others if homes[one] != homes[name]}
        classes = {name for made in self.known.custom.values() for name in (made.name, made.provider)}
        names, found = Names((*self.known.names, *classes)), list[ProgramFile]()
        files = {group: self.files.take(group, f"{group}_part") for group in groups}
        for group, members in groups.items():
            variable = names.take(files[group], f"{files[group]}_part")
            kind = names.take("".join(word.capitalize() for word in variable.split("_")))
            others = {files[homes[one]] for name in members for one in needs[name]} - {files[group]}
            visible = tuple(name for name in members if name in shown)
            found.append(ProgramFile(files[group], variable, kind, tuple(members), visible, tuple(sorted(others))))
        return found

    def needed(self, name: str) -> list[str]:
        """The resources that a resource refers to."""
        resource = self.template.resources[name]
        nodes = function_properties(resource).values() if is_custom(resource.type) else [resource.properties]
        found = {one for node in nodes for one in mentions(node)} | set(resource.depends_on)
        return [one for one in self.template.resources if one in found and one != name]

    def written(self) -> Converted:
        """The program, with what it can't say."""
        inner = self.known.functions[:-1]
        # The bodies are written first: what they use decides the arguments and imports.
        components = {one.function: function_body(one, literal=self.naming.literal) for one in inner}
        bodies = {part.name: self.body(part) for part in self.parts}
        arguments = {part.name: self.arguments(part, bodies[part.name]) for part in self.parts}
        waiting = {name for name, body in components.items() if _awaits(body, set())}
        last = {name for name, body in bodies.items() if _awaits(body, waiting)}
        outer = outer_body(self.known, [self.call(part, arguments[part.name]) for part in _ordered(self.parts, last)])
        main = self.main()
        modules = {part.name: self.module(part, bodies[part.name], arguments[part.name]) for part in self.parts}
        modules |= {self.components[one.function]: [*signature(one), *components[one.function]] for one in inner}
        modules |= self.shared()
        texts = {self.path_of(name): self.file(self.head(name), rows, name) for name, rows in modules.items()}
        if self.naming.package and texts:
            texts = {self.path_of("__init__"): f'"""The files of {self.naming.origin}."""\n', **texts}
        body = [*self.app(), "", "", *signature(self.known), *outer, "", "", *main, *_ENTRY]
        count = sum(len(one.template.resources) - len(one.nested) for one in self.known.functions)
        source = self.file(self.docstring(), body, "infra")
        return Converted(
            source=source, resources=count, keys=(*self.template.resources,), remarks=self.remarks(), parts=texts
        )

    def path_of(self, name: str) -> str:
        """The path of a file other than the main one."""
        return f"{self.naming.package}/{name}.py" if self.naming.package else f"{name}.py"

    def module_of(self, name: str) -> str:
        """The module of a file other than the main one."""
        return f"{self.naming.package}.{name}" if self.naming.package else name

    def shared(self) -> dict[str, list[str]]:
        """The files with what several others use: mappings, and the classes of custom resources."""
        functions = self.known.functions
        constants = [
            row for one in functions for name, node in one.template.mappings.items() for row in mapping(one, name, node)
        ]
        classes = [row for one in functions for row in class_lines(one, self.naming.app)][2:]
        return {name: rows for name, rows in ((_CONSTANTS, constants), (_PROVIDERS, classes)) if rows}

    # -- one part

    def body(self, part: ProgramFile) -> list[str]:
        """The body of a part's function."""
        known = replace(self.known, uses=set(), helpers=set(), part=part.name)
        ends: list[Statement] = [Return(Raw(part.variable))] if part.shown else []
        body = part_body(known, part.resources, ends, literal=self.naming.literal)
        begins = [f"    {part.variable} = {part.kind}()"] if part.shown else []
        self.known.uses |= known.uses & {"stack_name"}
        return [*begins, *body]

    def arguments(self, part: ProgramFile, body: Sequence[str]) -> list[tuple[str, str]]:
        """The arguments of a part's function, with their annotations."""
        used, known = _used(body), self.known
        found = [(one.variable, one.kind) for one in self.parts if one.name in part.needs]
        found += [("stack_name", "str")] if "stack_name" in used else []
        for one in known.template.parameters.values():
            if known.parameters[one.name] in used:
                found.append((known.parameters[one.name], annotation(known, one)))
        return found + [(name, "bool") for name in known.conditions.values() if name in used]

    def call(self, part: ProgramFile, arguments: Sequence[tuple[str, str]]) -> Assign:
        """The call of a part's function."""
        given: list[tuple[str, Code]] = [(name, Raw(name)) for name, _ in arguments]
        if "stack_name" in dict(arguments):
            self.known.uses.add("stack_name")
            given = [(name, self.known.stack_name if name == "stack_name" else code) for name, code in given]
        return Assign(part.variable if part.shown else "", CallOf(f"await {part.function}", tuple(given)))

    def module(self, part: ProgramFile, body: Sequence[str], arguments: Sequence[tuple[str, str]]) -> list[str]:
        """The lines of a part's file, without its imports."""
        result = part.kind if part.shown else "None"
        named = [f"{name}: {note}" for name, note in arguments]
        words = f'    """Declare {_lower(_title(part.name))}."""'
        function = [*_function_head(part.function, named, result), words, *body]
        if not part.shown:
            return function
        fields = [f"    {self.known.resources[name].rpartition('.')[2]}: {self.type_of(name)}" for name in part.shown]
        about = f'    """What other files use of {part.name}.py."""'
        return [f"class {part.kind}:", about, "", *fields, "", "", *function]

    def type_of(self, name: str) -> str:
        """The Python type of a resource."""
        known = self.known
        if name in known.stubs:
            return "Any"
        if name in known.nested:
            return "dict[str, Any]"
        if name in known.custom:
            return known.custom[name].name
        return class_name(known.template.resources[name], known.kinds.get(name))

    # -- one file

    def head(self, name: str) -> list[str]:
        """The head of a file other than the main one."""
        origins = {self.components[one.function]: one.origin for one in self.known.functions[:-1]}
        words = f"The stack of {origins[name]}." if name in origins else f"{_title(name)} of {self.naming.origin}."
        return [f'"""{words}"""', "", "from __future__ import annotations"]

    def file(self, head: Sequence[str], body: Sequence[str], name: str) -> str:
        """A whole file."""
        found = self.imports(_used(body), name)
        spaced = body[0].startswith(("class ", "async ", "@"))
        return (
            "\n".join([*head, *([""] if found else []), *found, "", *([""] if spaced else []), *body]).rstrip("\n")
            + "\n"
        )

    def imports(self, used: set[str], name: str) -> list[str]:
        """The imports of what a file uses."""
        services = {kind.service for one in self.known.functions for kind in one.kinds.values()}
        typing = sorted({"Any", "Literal"} & used)
        standard = [*(["import json"] if "json" in used else [])]
        standard += [f"from typing import {', '.join(typing)}"] if typing else []
        libraries = {
            "cloudwright": _CLOUDWRIGHT,
            "cloudwright.aws": services,
            "cloudwright.converted": set(converted.__all__),
            "cloudwright.provider": {*IMPORTS, "attribute"},
            **provided_names(one.template for one in self.known.functions),
        }
        foreign = [
            row for module, names in libraries.items() if names & used for row in import_lines(module, names & used)
        ]
        local = [
            row
            for module, names in sorted(self.provided().items())
            if module != name and names & used
            for row in import_lines(self.module_of(module), names & used)
        ]
        blocks = [block for block in (standard, foreign, local) if block]
        return [row for number, block in enumerate(blocks) for row in ([""] if number else []) + block]

    def provided(self) -> dict[str, set[str]]:
        """File -> the names that others may import from it."""
        known = self.known.functions
        custom = {made.name: made for one in known for made in one.custom.values()}
        return {
            **{file: {function} for function, file in self.components.items()},
            **{part.name: {part.function, *([part.kind] if part.shown else [])} for part in self.parts},
            _PROVIDERS: {name for made in custom.values() for name in (made.name, made.provider)},
            _CONSTANTS: {name for one in known for name in one.mappings.values()},
        }


_KNOWN = "await lookup."
_ENTRY = ("", "", 'if __name__ == "__main__":', "    app.cli()", "")


def _awaits(body: Sequence[str], components: set[str]) -> bool:
    """Whether a function, or one of these components, awaits anything besides lookups."""
    return bool(components & _used(body)) or any("await " in line and _KNOWN not in line for line in body)


def _ordered(parts: Sequence[ProgramFile], last: set[str]) -> list[ProgramFile]:
    """The parts, each after those that it needs; parts that await come last, since an await delays what follows."""
    found: list[ProgramFile] = []
    while len(found) < len(parts):
        done = {part.name for part in found}
        ready = [part for part in parts if part.name not in done and done.issuperset(part.needs)]
        found.append(min(ready, key=lambda part: part.name in last))
    return found


def _title(name: str) -> str:
    return _TITLES.get(name, f"The {name.replace('_', ' ')}")


def _lower(words: str) -> str:
    return words[0].lower() + words[1:]


_TITLES: Mapping[str, str] = MappingProxyType(
    {
        "constants": "The mappings",
        "api": "The APIs",
        "cdn": "The content delivery",
        "compute": "The servers and functions",
        "core": "What refers to each other",
        "custom": "The custom resources",
        "delivery": "The build and delivery",
        "dns": "The DNS",
        "iam": "The roles and users",
        "providers": "The types of custom resources",
        "stacks": "The nested stacks",
    }
)


def _function_head(name: str, arguments: Sequence[str], result: str) -> list[str]:
    row = f"async def {name}({', '.join(['*', *arguments]) if arguments else ''}) -> {result}:"
    if len(row) <= WIDTH and "\n" not in row:
        return [row]
    return [f"async def {name}(", "    *,", *(f"    {one}," for one in arguments), f") -> {result}:"]


def _used(lines: Sequence[str]) -> set[str]:
    """The names in Python code, not counting those in string literals."""
    first = next((line for line in lines if line), "")
    text = "\n".join(["async def body():", *lines]) if first.startswith(" ") else "\n".join(lines)
    tree = ast.parse(text)
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
