"""A resource: declaration and handle in one.

Declaring never blocks and never calls AWS. Attributes are references until the resource is awaited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.errors import ProgramError
from cloudwright.program import await_order
from cloudwright.program.awaitable import refuse_unawaited
from cloudwright.program.declaration import Declaration, Options
from cloudwright.program.document import read
from cloudwright.program.handle import Handle, keys_of
from cloudwright.program.reference import TEMPLATE_REF, Ref, Reference, need
from cloudwright.program.run import caller, running
from cloudwright.program.scope import current_key, current_tags
from cloudwright.program.transformation import ResourceDraft
from cloudwright.schema.suggest import did_you_mean
from cloudwright.target import DeclaredTarget, current_target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.program.run import ProgramRun

OPTIONS = frozenset(
    {
        *("region", "target", "depends_on", "adopt", "protect", "retain", "ignore_changes", "exclusive", "replace_on"),
        *("delete_before_replace", "timeout", "aliases", "silence"),
    }
)
"""The lower-case keywords that are options; every other keyword is a property."""


class Resource(Handle):
    """One resource of a program, in the generic form that serves every type.

    `Resource("id", type="AWS::S3::Bucket", properties={...})`; `AWS.S3.Bucket("id", BucketName=...)` is the usual
    spelling. `await resource` waits until it is deployed and returns it.
    """

    _provided = False

    # Not `__init__`: so type checkers treat the types with stubs as resources that have only their own attributes.
    def __new__(
        cls,
        id: str,
        /,
        *,
        type: str,
        properties: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> AnyResource:
        """Declare a resource of any type.

        Args:
            id: Unique in its scope.
            type: Such as `AWS::ImageBuilder::DistributionConfiguration`.
            properties: In CloudFormation's spelling.
            options: See `cloudwright.program.declaration.Options`; `region` and `target` say where it is.

        Raises:
            DuplicateKey: The id is taken in this scope.
            ProgramError: A value can't be sent, or an option is unknown.
        """
        self = object.__new__(AnyResource)
        self._declare(running(), id, type, dict(properties or {}), options)
        return self

    def _declare(
        self,
        run: ProgramRun,
        name: str,
        type_name: str,
        properties: dict[str, Any],
        options: dict[str, Any],
        existing: Any = None,
    ) -> None:
        self._begin(run, current_key(name))
        self._type = type_name
        draft = ResourceDraft(self._key, type_name, properties, current_tags(), options)
        if existing is None:
            run.transformations.apply(draft)
        declaration = Declaration(
            key=self._key,
            type=type_name,
            document=read(draft.properties, run.table),
            options=_options(_checked(self._key, draft.options), run),
            target=_place(draft.options),
            awaited=tuple(await_order.current().frontier),
            existing=read(existing, run.table),
            tags=draft.tags,
            source=caller(),
            provided=self._provided,
        )
        self._implied = declaration.depends_on
        run.declare(declaration)

    @staticmethod
    def read(id: str, identifier: Any, /, *, type: str, **options: Any) -> AnyResource:
        """Read an existing resource without managing it.

        Args:
            id: Unique in its scope.
            identifier: Cloud Control's primary identifier: text, a reference, or a mapping of its parts.
            type: The resource type.
            options: `region`, `target` and `depends_on`.
        """
        need(identifier)
        self = object.__new__(AnyResource)
        self._declare(running(), id, type, {}, options, existing=identifier)
        return self

    @property
    def type(self) -> str:
        """The resource type's name."""
        return self._type

    @property
    def identifier(self) -> Any:
        """Cloud Control's primary identifier: a reference, or after `await` its plain text."""
        return self._attribute(())

    @property
    def ref(self) -> str:
        """The value of `!Ref` in a CloudFormation template: a reference, or after `await` plain text.

        Usually the identifier, but the public address of an `EC2.EIP`, or the `ClientId` of a `Cognito.UserPoolClient`.
        A type whose identifier has several parts, and for which no source documents `!Ref`, has none; the plan reports
        it.
        """
        text: str = self._attribute(TEMPLATE_REF)
        return text

    def identifier_ref(self) -> Ref:
        """The reference to the identifier; a handle in a property means it."""
        self._check()
        return Ref(self._key)

    def __repr__(self) -> str:
        return f"<{self._type} {self._key}>"

    def __str__(self) -> str:
        # As in a property, it means its identifier: any other text would reach AWS unnoticed.
        return str(self.identifier)

    def __format__(self, spec: str) -> str:
        return format(self.identifier, spec)


class AnyResource(Resource):
    """A declared resource; every property of its type is an attribute."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._attribute((name,))


def _texts(given: object, option: str) -> tuple[str, ...]:
    refuse_unawaited(given, option)
    items = (given,) if isinstance(given, str) else tuple(given or ())  # type: ignore[arg-type]
    for item in items:
        refuse_unawaited(item, option)
    if not all(isinstance(item, str) for item in items):
        raise ProgramError(f"{option} takes texts")
    return tuple(item if item.startswith("/") else f"/{item}" for item in items)


def _checked(id: str, options: Mapping[str, Any]) -> Mapping[str, Any]:
    unknown = sorted(set(options) - OPTIONS)
    if unknown:
        near = did_you_mean(unknown[0], OPTIONS)
        raise ProgramError(
            f"{id!r}: {unknown[0]!r} is not an option" + (f"; did you mean {near!r}?" if near else ""),
            hint=f"options are {', '.join(sorted(OPTIONS))}",
        )
    return options


_NO_OPTIONS = Options()


def _options(given: Mapping[str, Any], run: ProgramRun) -> Options:
    if not given:
        return _NO_OPTIONS
    timeout = given.get("timeout")
    if timeout is not None and not (isinstance(timeout, int | float) and timeout > 0):
        raise ProgramError("timeout takes a positive number of seconds")
    return Options(
        depends_on=keys_of(given.get("depends_on")),
        adopt=_adopt(given.get("adopt", False)),
        protect=bool(given.get("protect", False)),
        retain=bool(given.get("retain", False)),
        ignore_changes=_texts(given.get("ignore_changes"), "ignore_changes"),
        exclusive=_texts(given.get("exclusive"), "exclusive"),
        replace_on=read(given.get("replace_on"), run.table),
        delete_before_replace=bool(given.get("delete_before_replace", False)),
        timeout=None if timeout is None else float(timeout),
        aliases=keys_of(given.get("aliases")),
        silence=dict(given.get("silence") or {}),
    )


def _adopt(given: object) -> bool | str:
    if isinstance(given, Reference) or not isinstance(given, bool | str | None) or given == "":
        raise ProgramError("adopt takes True or the identifier of the live resource, as plain text")
    return given or False


def _place(given: Mapping[str, Any]) -> DeclaredTarget:
    place = given.get("target") or current_target()
    if not isinstance(place, DeclaredTarget):
        raise ProgramError("target takes the value of `with target(...) as place`")
    region = given.get("region")
    if region is None:
        return place
    return DeclaredTarget(region, place.profile, place.role_arn, place.account)
