"""The base class of custom resources: programs declare it, and its provider gets instances of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self, dataclass_transform

from cloudwright.errors import ProgramError
from cloudwright.program.resource import OPTIONS, Resource
from cloudwright.program.run import running
from cloudwright.program.shape import plain
from cloudwright.provider.definition import Definition
from cloudwright.provider.fields import attribute, positional
from cloudwright.schema.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from dataclasses import InitVar

    from cloudwright.program.handle import Handle
    from cloudwright.target import DeclaredTarget


@dataclass_transform(kw_only_default=True, field_specifiers=(attribute, positional))
class FieldKeywords(Resource):
    """Tells type checkers that the annotations of a class below are the keywords of its constructor."""


class CustomResource(FieldKeywords):
    """A resource type written in Python.

    ```python
    class Record(CustomResource, type="Acme::Dns::Record"):
        zone: Annotated[str, create_only]
        name: Annotated[str, create_only]
        values: list[str]
        fqdn: str = attribute()
    ```

    In a program, `Record("www", zone="example.com", name="www", values=["192.0.2.1"])` declares one, with
    the options of every resource besides its properties. In its provider, an instance holds plain values.

    Attributes:
        definition: The type that the class defines.
    """

    definition: ClassVar[Definition]
    _provided = True

    if TYPE_CHECKING:
        id: InitVar[str] = positional(kw_only=False)
        region: InitVar[str | None] = None
        target: InitVar[DeclaredTarget | None] = None
        depends_on: InitVar[Handle | str | Iterable[Handle | str] | None] = None
        adopt: InitVar[bool | str] = False
        protect: InitVar[bool] = False
        retain: InitVar[bool] = False
        ignore_changes: InitVar[str | Iterable[str] | None] = None
        exclusive: InitVar[str | Iterable[str] | None] = None
        replace_on: InitVar[object] = None
        delete_before_replace: InitVar[bool] = False
        timeout: InitVar[float | None] = None
        aliases: InitVar[str | Iterable[str] | None] = None
        silence: InitVar[Mapping[str, str] | None] = None

    def __init_subclass__(cls, *, type: str, identifier: Sequence[str] = ()) -> None:
        """Name the type.

        Args:
            type: Three parts: `Acme::Dns::Record`.
            identifier: The create-only properties that together are the identifier, joined by `|`; by default the
                service chooses it, and `create` returns it.

        Raises:
            ProgramError: The name is malformed.
        """
        if type.count("::") != 2 or not all(part.isalnum() for part in type.split("::")):
            raise ProgramError(f"{cls.__name__}: {type!r} is not a resource type: a name has three parts, A::B::C")
        defaults = {name: value for name, value in vars(cls).items() if _is_default(value, name)}
        for name in defaults:
            delattr(cls, name)  # else it would hide the reference to the attribute
        inherited = getattr(cls, "definition", None)
        cls.definition = Definition(
            cls, type, tuple(identifier), {**(inherited.defaults if inherited else {}), **defaults}
        )

    def __new__(cls, *args: object, **keywords: object) -> Self:
        """Declare a resource of this type.

        Raises:
            ProgramError: A keyword is unknown, or a value can't be sent.
        """
        name = args[0] if len(args) == 1 else None
        if not isinstance(name, str):
            raise ProgramError(f"{cls.__name__} takes its id, then keywords: {cls.__name__}('id', ...)")
        fields = cls.definition.properties
        unknown = sorted(set(keywords) - OPTIONS - set(fields))
        if unknown:
            near = did_you_mean(unknown[0], {*fields, *OPTIONS})
            raise ProgramError(
                f"{name!r}: {cls.__name__} has no property {unknown[0]!r}"
                + (f"; did you mean {near!r}?" if near else "")
            )
        defaults = {one: field.default for one, field in fields.items() if field.default is not None}
        given = {one: value for one, value in keywords.items() if one not in OPTIONS}
        properties = {one: plain(value) for one, value in {**defaults, **given}.items()}
        self = object.__new__(cls)
        options = {one: value for one, value in keywords.items() if one in OPTIONS}
        self._declare(running(), name, cls.definition.type_name, properties, options)
        return self

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Self:
        """An instance that holds plain values, for a provider.

        Args:
            values: Checked values by field.
        """
        self = object.__new__(cls)
        self.__dict__["_values"] = dict(values)
        return self

    if not TYPE_CHECKING:  # hidden from type checkers, which know all fields and report misspelt ones

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") or name not in type(self).definition.fields:
                raise AttributeError(f"{type(self).__name__} has no field {name!r}")
            values = self.__dict__.get("_values")
            if values is None:
                return self._attribute((name,))
            if name not in values:
                raise AttributeError(f"{name!r} is not available here: reads don't return secret properties")
            return values[name]

    def __repr__(self) -> str:
        values = self.__dict__.get("_values")
        if values is None:
            return super().__repr__()
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in values.items())})"


def _is_default(value: object, name: str) -> bool:
    return not name.startswith("_") and name != "definition" and not callable(value) and not hasattr(value, "__get__")
