"""What a program declares about one resource, as data: the input of planning."""

from __future__ import annotations

from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from cloudwright.lazy_dataclass import dataclass
from cloudwright.program.document import references
from cloudwright.program.source import Source
from cloudwright.target import DeclaredTarget

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from cloudwright.program.reference import Ref
    from cloudwright.program.shape import FieldType
    from cloudwright.schema.pointer import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The lower-case keywords of a declaration.

    Attributes:
        depends_on: Keys to wait for, in addition to those that the properties refer to.
        adopt: Adopt a resource that already exists: `True` finds it by its name, a text is its identifier.
        protect: Refuse to delete or replace it.
        retain: Forget it instead of deleting it.
        ignore_changes: Pointers whose changes are ignored, such as `/LaunchTemplateData/ImageId`.
        exclusive: Pointers of collections in which only declared elements may exist, such as `/Tags`: foreign elements
            there are planned as removals. Elsewhere they stay.
        replace_on: A document of values; if it changes, the resource is replaced.
        delete_before_replace: Delete the old resource before the new one is created.
        timeout: Seconds to wait for one operation; `None`: what the type's schema says.
        aliases: Former keys of the resource.
        silence: Rule id -> the reason for silencing its findings here.
    """

    depends_on: tuple[str, ...] = ()
    adopt: bool | str = False
    protect: bool = False
    retain: bool = False
    ignore_changes: tuple[str, ...] = ()
    exclusive: tuple[str, ...] = ()
    replace_on: Any = None
    delete_before_replace: bool = False
    timeout: float | None = None
    aliases: tuple[str, ...] = ()
    silence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionSpec:
    """What makes a declaration an action.

    Attributes:
        when: `changed`, `created` or `always`.
        once: Whether it is at-most-once; otherwise it is at-least-once.
        after: Keys of what it follows.
        runs_locally: Whether it is called on the local cloud, too.
        call: Calls the user's function with a context and the known arguments.
        result: The type of what that returns; `None` if it returns nothing.
    """

    TYPE: ClassVar[str] = "Action"

    when: str
    once: bool
    after: tuple[str, ...]
    runs_locally: bool
    call: Callable[[Any, Mapping[str, Any]], Coroutine[Any, Any, object]] = field(repr=False, compare=False)
    result: FieldType | None = field(repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """One declared resource or action.

    Attributes:
        document: Properties as written, with references inside.
        awaited: Keys awaited before the declaration, frontier only.
        existing: Identifier (a document) of a resource that is only read; `None` for a managed one.
        tags: Tags from the enclosing scopes.
        provided: Whether a provider makes it: its class was written in Python.
        action: What makes it an action; `None` for a resource. The arguments are its document.
    """

    key: str
    type: str
    document: dict[str, Any] = field(repr=False)
    options: Options = Options()
    target: DeclaredTarget = DeclaredTarget()
    awaited: tuple[str, ...] = ()
    existing: Any = None
    tags: Mapping[str, str] = field(default_factory=dict)
    source: Source = Source()
    provided: bool = False
    action: ActionSpec | None = None

    @cached_property
    def references(self) -> tuple[tuple[Path, Ref], ...]:
        """Every path of the properties that refers to a resource, texts included."""
        return tuple(references(self.document))

    @cached_property
    def referenced(self) -> tuple[str, ...]:
        """Keys that the properties refer to, unique, in order of appearance."""
        others = references([self.options.replace_on, self.existing])
        return tuple(dict.fromkeys(ref.key for _, ref in (*self.references, *others) if not ref.outside))

    @cached_property
    def depends_on(self) -> tuple[str, ...]:
        """All keys it waits for."""
        return tuple(dict.fromkeys((*self.referenced, *self.options.depends_on, *self.awaited)))
