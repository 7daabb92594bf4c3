"""Lookups: facts that a program asks for, such as the newest AMI, answered once for each plan.

Each answer is recorded in the plan and in the state, so the apply pass can't see another one.
"""

from __future__ import annotations

import functools
import inspect
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from cloudwright.call_errors import checked
from cloudwright.errors import ProgramError
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.program.awaitable import Pending
from cloudwright.program.document import Unknown, read, references, resolve
from cloudwright.program.question import LookupQuestion
from cloudwright.program.reference import PlanningEnds, Reference
from cloudwright.program.run import caller, running
from cloudwright.secret import Secret
from cloudwright.target import DeclaredTarget, current_target

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence

    from cloudwright.program.run import ProgramRun

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose credentials are at work.

    Attributes:
        account: Twelve digits.
        partition: Such as `aws`.
        region: Such as `eu-west-1`.
        arn: The ARN of the user or role session that calls.
    """

    account: str
    partition: str
    region: str
    arn: str


class Lookups:
    """The lookups, such as `lookup.ami(...)`; `@lookup` turns an asynchronous function into one.

    Each call must be awaited, gives plain Python values, and takes two more keywords: `label` is what plans call it,
    `region` says where to ask, by default where resources are declared.
    """

    def __call__(self, function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
        """Make a lookup of a function: its answer is recorded like that of any other lookup.

        Args:
            function: `async def`; its arguments and its value are JSON, and the value may hold secrets. It is called
                once for each plan and each set of arguments, and can't declare resources.

        Raises:
            ProgramError: It is not an asynchronous function.
        """
        if not inspect.iscoroutinefunction(function):
            raise ProgramError(f"@lookup takes an `async def` function, but {function!r} is not one")
        signature = inspect.signature(function)

        @functools.wraps(function)
        def call(*args: P.args, **options: P.kwargs) -> Coroutine[Any, Any, T]:
            bound = signature.bind(*args, **options)
            bound.apply_defaults()
            given = dict(bound.arguments)

            async def own(known: Mapping[str, Any]) -> object:
                # A document leaves `None` out, and the function's default may be another value.
                again = inspect.BoundArguments(signature, OrderedDict({name: known.get(name) for name in given}))
                return await function(*again.args, **again.kwargs)

            kind = f"{function.__module__}.{function.__qualname__}"
            return _ask(kind, given, own=own, place=DeclaredTarget())

        return call

    @checked("lookup.identity")
    def identity(self, *, label: str = "", region: str | None = None) -> Coroutine[Any, Any, Identity]:
        """Account, partition, Region and ARN of the caller.

        Args:
            label: What plans call this lookup.
            region: Where to ask.
        """
        return _ask("identity", {}, label=label, region=region, read_answer=lambda found: Identity(**found))

    @checked("lookup.zones")
    def zones(self, *, label: str = "", region: str | None = None) -> Coroutine[Any, Any, list[str]]:
        """The names of the Region's availability zones that are available, sorted; without Local and Wavelength Zones.

        Args:
            label: What plans call this lookup.
            region: Where to ask.
        """
        return _ask("zones", {}, label=label, region=region)

    @checked("lookup.ssm")
    def ssm(self, path: str, *, label: str = "", region: str | None = None) -> Coroutine[Any, Any, str]:
        """The value of a parameter in Systems Manager; of a `StringList`, its items joined by commas.

        A `SecureString` is refused: use `lookup.secret`.

        Args:
            path: The parameter's name or ARN; `NAME:VERSION` and `NAME:LABEL` are possible.
            label: What plans call this lookup.
            region: Where to ask.
        """
        return _ask("ssm", {"path": path}, label=label, region=region)

    @checked("lookup.secret")
    def secret(self, path: str, *, label: str = "", region: str | None = None) -> Coroutine[Any, Any, Secret]:
        """The value of a `SecureString` parameter: masked in plans, sealed in the state.

        Args:
            path: The parameter's name or ARN.
            label: What plans call this lookup.
            region: Where to ask.
        """
        return _ask("secret", {"path": path}, label=label, region=region)

    @checked("lookup.secret_value")
    def secret_value(
        self,
        id: str,
        *,
        key: str | None = None,
        stage: str | None = None,
        version: str | None = None,
        label: str = "",
        region: str | None = None,
    ) -> Coroutine[Any, Any, Secret]:
        """The value of a secret in Secrets Manager: masked in plans, sealed in the state.

        Args:
            id: The secret's name or ARN.
            key: The value of this key alone, of a secret that holds a JSON object.
            stage: The staging label of a version; by default `AWSCURRENT`.
            version: The id of a version.
            label: What plans call this lookup.
            region: Where to ask.
        """
        given = {"id": id, "key": key, "stage": stage, "version": version}
        return _ask("secret_value", given, label=label, region=region)

    @checked("lookup.ami")
    def ami(
        self,
        *,
        owner: str,
        name: str,
        newest: bool = False,
        architecture: str | None = None,
        filters: Mapping[str, str | Sequence[str]] | None = None,
        label: str = "",
        region: str | None = None,
    ) -> Coroutine[Any, Any, str]:
        """The id of an available AMI.

        Args:
            owner: An account, `self`, or an alias such as `amazon`.
            name: The AMI's name; `*` and `?` stand for any text and any character.
            newest: Take the AMI that was created last; without it, two AMIs that fit are an error.
            architecture: Such as `arm64`.
            filters: More filters of EC2's `DescribeImages`, such as `{"root-device-type": "ebs"}`.
            label: What plans call this lookup.
            region: Where to ask.
        """
        given = {"owner": owner, "name": name, "newest": newest, "architecture": architecture, "filters": filters}
        return _ask("ami", given, label=label, region=region)

    @checked("lookup.vpc")
    def vpc(
        self,
        *,
        default: bool = False,
        id: str | None = None,
        tags: Mapping[str, str] | None = None,
        label: str = "",
        region: str | None = None,
    ) -> Coroutine[Any, Any, str]:
        """The id of a VPC.

        Args:
            default: The Region's default VPC.
            id: Its id, to make sure that it exists.
            tags: Tags that it carries, such as `{"Name": "main"}`.
            label: What plans call this lookup.
            region: Where to ask.
        """
        given = {"default": default or None, "id": id, "tags": tags}
        return _ask("vpc", given, label=label, region=region)

    @checked("lookup.subnets")
    def subnets(
        self,
        vpc: str,
        *,
        tags: Mapping[str, str] | None = None,
        zones: Sequence[str] | None = None,
        label: str = "",
        region: str | None = None,
    ) -> Coroutine[Any, Any, list[str]]:
        """The ids of a VPC's subnets, sorted by availability zone and id.

        Args:
            vpc: The id of the VPC.
            tags: Tags that the subnets carry.
            zones: Only in these availability zones.
            label: What plans call this lookup.
            region: Where to ask.
        """
        return _ask("subnets", {"vpc": vpc, "tags": tags, "zones": zones}, label=label, region=region)

    @checked("lookup.accounts")
    def accounts(
        self, *, ou: str, recursive: bool = False, label: str = "", region: str | None = None
    ) -> Coroutine[Any, Any, list[str]]:
        """The ids of the active accounts in an organizational unit, sorted.

        Args:
            ou: The id of the unit (`ou-...`) or of the organization's root (`r-...`).
            recursive: Also the accounts of all units below it.
            label: What plans call this lookup.
            region: Where to ask.
        """
        return _ask("accounts", {"ou": ou, "recursive": recursive or None}, label=label, region=region)

    @checked("lookup.resource")
    def resource(
        self, type: str, *, label: str = "", region: str | None = None, **filters: Any
    ) -> Coroutine[Any, Any, dict[str, Any]]:
        """The properties of the one resource of a type whose properties fit, as Cloud Control reads them.

        Args:
            type: Such as `AWS::EC2::SecurityGroup`.
            label: What plans call this lookup.
            region: Where to ask.
            filters: Property names and values, such as `GroupName="web"`; a list or a mapping must be contained.
        """
        return _ask("resource", {"type": type, "filters": filters}, label=label, region=region)


lookup: Lookups = Lookups()


def _ask(
    kind: str,
    arguments: Mapping[str, Any],
    *,
    label: str = "",
    region: str | None = None,
    place: DeclaredTarget | None = None,
    own: Callable[[Mapping[str, Any]], Awaitable[object]] | None = None,
    read_answer: Callable[[Any], Any] = lambda found: found,
) -> Coroutine[Any, Any, Any]:
    """The call of a lookup; what it asks for without references is requested at once, in parallel with the program."""
    run, source = running(), caller()
    name = kind.rpartition(".")[2] if own else f"lookup.{kind}"
    document = read(dict(arguments), run.table)
    _refuse_secrets(document, f"{name} at {source}")
    target = current_target() if place is None else place
    target = target if region is None else replace(target, region=region)

    def question(given: Mapping[str, Any]) -> LookupQuestion:
        ask = functools.partial(own, given) if own else None
        return LookupQuestion(kind=kind, arguments=given, label=label, target=target, own=ask, source=source)

    if not any(references(document)):
        run.driver.ask(question(document))

    async def answer() -> Any:
        return read_answer(await run.driver.answer(question(await _known(run, document))))

    shown = next((value for value in arguments.values() if type(value) is str), None)
    return Pending(answer, f"{name}({repr(shown) if shown else ''})", str(source))


async def _known(run: ProgramRun, document: dict[str, Any]) -> dict[str, Any]:
    """The arguments with values in the place of references, for which their resources are awaited.

    Raises:
        PlanningEnds: A value is known only after deploy.
    """
    for _, ref in references(document):
        await run.driver.ensure(ref.key)

    def value(ref: Any) -> Any:
        found = run.driver.value(ref)
        if isinstance(found, Unknown):
            raise PlanningEnds(ref)
        return found

    known: dict[str, Any] = resolve(document, value)
    return known


def _refuse_secrets(document: object, place: str) -> None:
    if isinstance(document, Secret):
        raise ProgramError(
            f"{place}: a lookup's arguments can't hold a secret, since plans and states show them",
            hint="use the secret inside a function of your own, decorated with @lookup",
        )
    inside = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    for value in inside:
        _refuse_secrets(value, place)


def check_answer(value: object, title: str, path: str = "") -> None:
    """Refuse an answer that could not be recorded and read back as it is.

    Args:
        value: What a lookup of the user's returned.
        title: The lookup.
        path: Where the value stands.

    Raises:
        ProgramError: It is not made of texts, numbers, booleans, `None`, lists, mappings and secrets.
    """
    if isinstance(value, Reference):
        raise ProgramError(f"{title}: the answer{path} is a reference; an answer is a plain value")
    if isinstance(value, Secret):
        return check_answer(value.reveal(), title, path)
    if type(value) is dict and all(type(name) is str for name in value):
        for name, member in value.items():
            check_answer(member, title, f"{path}/{name}")
    elif type(value) is list:
        for number, item in enumerate(value):
            check_answer(item, title, f"{path}/{number}")
    elif type(value) not in {str, int, float, bool, type(None)}:
        raise ProgramError(
            f"{title}: the answer{path} is a {type(value).__name__}, which has no JSON form of its own",
            hint="return texts, numbers, booleans, None, lists, and mappings with texts as keys",
        )
    return None
