"""The lines of the commands that only answer a question or write a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from cloudwright.lazy_dataclass import dataclass
from cloudwright.render.contract.line import Line, OneOf, Part

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudwright.imagebuilder.model import Mode, RecipientKind


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantPart(Part):
    """Who receives an image in a Region."""

    region: str
    kind: RecipientKind
    principal: str
    mode: Mode
    kms_key: str | None
    parameters: Sequence[str]
    templates: Sequence[str]
    fast_launch: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePart(Part):
    """A node of the graph."""

    id: str
    title: str
    detail: str
    scope: str
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgePart(Part):
    """An edge of the graph."""

    source: str
    target: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedPart(Part):
    """A resource that was found."""

    resource: str
    identifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedLine(Line):
    """A generated program."""

    type: ClassVar[str] = "generated"
    when: ClassVar[str] = "`import --type ... --generate`"
    path: Annotated[str | None, "null: nothing was found"]
    resources: Annotated[Sequence[GeneratedPart], "of `resource` and `identifier`"]
    notes: Annotated[Sequence[str], "what was left out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemarkPart(Part):
    """Something that a converted program can't express, or expresses differently."""

    line: int
    column: int
    subject: str
    text: str
    blocks: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertedLine(Line):
    """A converted program."""

    type: ClassVar[str] = "converted"
    when: ClassVar[str] = "`convert`"
    path: str
    resources: int
    whole: Annotated[bool, "whether it can be planned without further edits: no remark `blocks`"]
    remarks: Annotated[
        Sequence[RemarkPart], "what it can't express, or expresses differently, in the order of the source's lines"
    ]
    differences: Annotated[Sequence[str], "`--check`: how its files differ from the template; else empty"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftoverPart(Part):
    """A difference between an adopted resource and its declaration."""

    key: str
    path: Annotated[str, "empty: the whole resource"]
    cause: str
    text: str
    fix: Annotated[str, "what would close it"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOverLine(Line):
    """Resources of another tool that were adopted."""

    type: ClassVar[str] = "taken_over"
    when: ClassVar[str] = "`convert --adopt`, after the program is written"
    adopted: Annotated[Sequence[GeneratedPart], "of `resource`, the key, and `identifier`"]
    differences: Annotated[Sequence[LeftoverPart], "what `plan --refresh` still shows; empty: nothing differs"]
    steps: Annotated[Sequence[str], "how the other tool releases them"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagesLine(Line):
    """Who receives the images of a distribution configuration."""

    type: ClassVar[str] = "images"
    when: ClassVar[str] = "`images`: one for each distribution configuration, compared with the state"
    key: str
    account: str
    region: str
    grants: Sequence[GrantPart]
    gains: Sequence[GrantPart]
    loses: Sequence[GrantPart]
    public: bool
    turns_public: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphLine(Line):
    """The graph of an app."""

    type: ClassVar[str] = "graph"
    when: ClassVar[str] = "`graph` without `-o`, with any `--format`"
    title: str
    nodes: Annotated[Sequence[NodePart], "of `id`, `title`, `detail`, `scope`, `action`"]
    edges: Annotated[Sequence[EdgePart], "of `source`, `target`, `label`: the property that refers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceTypeLine(Line):
    """The name of a resource type."""

    type: ClassVar[str] = "resource_type"
    when: ClassVar[str] = "`types`"
    name: str
    provisionable: Annotated[bool, "whether Cloud Control can manage it"]
    use_instead: Annotated[str | None, "the type to use instead, or null"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaLine(Line):
    """The schema of a resource type."""

    type: ClassVar[str] = "schema"
    when: ClassVar[str] = "`schema`"
    name: str
    schema: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLine(Line):
    """A file that was written or kept."""

    type: ClassVar[str] = "file"
    when: ClassVar[str] = "`init`, `graph -o`"
    path: str
    written: Annotated[bool, "false: the file existed and was left unchanged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine(Line):
    """A check of `doctor`."""

    type: ClassVar[str] = "check"
    when: ClassVar[str] = "`doctor`"
    name: Annotated[str, OneOf(("schemas", "packs", "state", "region", "account", "clock", "service", "permissions"))]
    ok: bool
    text: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLine(Line):
    """The local cloud accepts connections."""

    type: ClassVar[str] = "server"
    when: ClassVar[str] = "`local serve` is ready"
    endpoint: str
    data: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonPart(Part):
    """Why a permission is needed."""

    key: str
    type: str
    operation: str
    path: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionLine(Line):
    """A permission that the program needs."""

    type: ClassVar[str] = "permission"
    when: ClassVar[str] = "`permissions`"
    partition: str
    account: Annotated[str, "empty: the caller's own"]
    action: str
    resources: Sequence[str]
    conditions: Annotated[Sequence[Sequence[str]], "operator, key, value"]
    guessed: bool
    reasons: Annotated[Sequence[ReasonPart], "of `key`, `type`, `operation`, `path`, `note`"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyLine(Line):
    """An IAM policy."""

    type: ClassVar[str] = "policy"
    when: ClassVar[str] = "`permissions --policy`, `--ci`"
    account: str
    name: str
    size: Annotated[int, "characters as IAM counts them"]
    document: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleLine(Line):
    """An IAM role for CI."""

    type: ClassVar[str] = "role"
    when: ClassVar[str] = "`permissions --ci`"
    account: str
    name: str
    trust: Mapping[str, object]
    policies: Annotated[Sequence[str], "names of the policies"]
