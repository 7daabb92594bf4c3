"""Templates of the Serverless Application Model, expanded by AWS's own translator (extra `sam`)."""

from __future__ import annotations

import copy
import logging
from typing import TYPE_CHECKING, Any

from cloudwright.convert.cloudformation.nodes import TemplateNode
from cloudwright.convert.problem import Remark, SourceError
from cloudwright.errors import ProgramError
from cloudwright.lazy_dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.convert.problem import Position

TRANSFORM = "AWS::Serverless-2016-10-31"

BUCKET = "ArtifactBucket"
"""The parameter that replaces `sam package`: the bucket with the archives."""

_BUCKET = {"Type": "String", "Description": "The bucket that holds the code archives, each named NAME.zip"}
_APPLICATION = "AWS::Serverless::Application"

_CODE = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
    "AWS::Serverless::Api": "DefinitionUri",
    "AWS::Serverless::HttpApi": "DefinitionUri",
    "AWS::Serverless::GraphQLApi": "SchemaUri",
}
"""Type -> the property with a path that `sam package` uploads."""

_INLINE = frozenset({"InlineCode", "ImageUri", "Definition", "DefinitionBody", "SchemaInline"})
_DEFAULTED = frozenset({"AWS::Serverless::Function", "AWS::Serverless::LayerVersion"})
"""Types whose code is in the template's folder by default."""


def is_serverless(root: TemplateNode) -> bool:
    """Whether a template uses the Serverless Application Model."""
    transform = root.get("Transform")
    return transform is not None and any(node.value == TRANSFORM for node in transform.walk())


def expanded(root: TemplateNode, values: Mapping[str, str], remarks: list[Remark]) -> TemplateNode:
    """The template that CloudFormation expands it to.

    Args:
        root: The template.
        values: Parameter -> its value, where one is given.
        remarks: Collects what the program needs in place of `sam package`.

    Raises:
        SourceError: The translator rejects the template.
        ProgramError: The translator is not installed.
    """
    document = root.plain()
    packaged, images = _package(document), _images(document)
    if packaged:
        names = ", ".join(packaged)
        remarks.append(Remark(root.at, BUCKET, f"the bucket with the archives NAME.zip of {names}"))
    kept = {name: document["Resources"].pop(name) for name in _applications(document)}
    parameters = document.pop("Parameters", None) or {}
    found = _without_values(document, parameters, values, root, remarks) if document["Resources"] else document
    found["Resources"].update(kept)
    added = {**({BUCKET: _BUCKET} if packaged else {}), **{name: {"Type": "String"} for name in images}}
    if parameters or added:
        found["Parameters"] = {**parameters, **added}
    found.pop("Transform", None)
    found.pop("Globals", None)
    return _node(found, root, ())


def _without_values(
    document: dict[str, Any],
    parameters: Mapping[str, Any],
    values: Mapping[str, str],
    root: TemplateNode,
    remarks: list[Remark],
) -> dict[str, Any]:
    """The expanded template; parameters remain parameters if the translator does not need their values."""
    try:
        return _translated(copy.deepcopy(document), {}, root)
    except SourceError:
        defaults = {name: one["Default"] for name, one in parameters.items() if "Default" in one}
        known = {**defaults, **values}
        if not known:
            raise
        found = _translated(document, known, root)
    text = "SAM needs the parameters' values, so their current values are written into the resources that it creates"
    remarks.append(Remark(root.at, "Parameters", text))
    return found


def _images(document: dict[str, Any]) -> list[str]:
    """Insert a parameter where `sam build` writes the image of a function; returns the parameters' names."""
    shared = ((document.get("Globals") or {}).get("Function") or {}).get("PackageType")
    found = []
    for name, one in document["Resources"].items():
        properties = one.get("Properties")
        if one.get("Type") != "AWS::Serverless::Function" or not isinstance(properties, dict):
            continue
        if properties.get("PackageType", shared) == "Image" and "ImageUri" not in properties:
            properties["ImageUri"] = {"Ref": f"{name}ImageUri"}
            found.append(f"{name}ImageUri")
    return found


def _applications(document: Mapping[str, Any]) -> list[str]:
    return [name for name, one in document.get("Resources", {}).items() if one.get("Type") == _APPLICATION]


def _package(document: dict[str, Any]) -> list[str]:
    """Replace local paths by objects in the bucket; returns the names of the resources."""
    functions = (document.get("Globals") or {}).get("Function") or {}
    shared = functions.pop("CodeUri", None)
    found = []
    for name, one in document["Resources"].items():
        key = _CODE.get(one.get("Type", ""))
        properties = one.setdefault("Properties", {}) if key else None
        if key is None or not isinstance(properties, dict) or _INLINE & properties.keys():
            continue
        if properties.get("PackageType", functions.get("PackageType")) == "Image":
            continue
        path = properties.get(key, shared if key == "CodeUri" else None)
        if _is_local(path) or (path is None and one["Type"] in _DEFAULTED):
            properties[key] = {"Bucket": {"Ref": BUCKET}, "Key": f"{name}.zip"}
            found.append(name)
        elif path is not None:
            properties[key] = path
    return found


def _is_local(path: object) -> bool:
    if isinstance(path, str):
        return not path.startswith("s3://")
    return isinstance(path, dict) and not {"Bucket", "Key"} <= path.keys()


class _Policies(dict[str, str]):
    """The ARN of every managed policy, by name; the translator itself knows those that have a path."""

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.isidentifier()

    def __getitem__(self, name: str) -> str:
        return f"arn:aws:iam::aws:policy/{name}"

    def get(self, name: str, default: Any = None) -> Any:
        known = name in self
        return self[name] if known else default


class _Loader:
    def load(self) -> dict[str, str]:
        return _Policies()


def _translated(document: dict[str, Any], values: Mapping[str, Any], root: TemplateNode) -> dict[str, Any]:
    try:
        import boto3
        from samtranslator.model.exceptions import InvalidDocumentException
        from samtranslator.parser.parser import Parser
        from samtranslator.translator.translator import Translator
    except ImportError as error:
        raise ProgramError(
            "AWS's SAM translator is needed to expand this template, and is not installed",
            hint="pip install 'cloudwright[sam]', or convert the processed template",
        ) from error
    pseudo = {name: {"Ref": name} for name in ("AWS::Region", "AWS::Partition")}
    translator = Translator(None, Parser(), boto_session=boto3.Session(region_name="us-east-1"))
    logging.getLogger("samtranslator").setLevel(logging.CRITICAL)
    try:
        result: dict[str, Any] = translator.translate(
            document, parameter_values={**pseudo, **values}, get_managed_policy_map=_Loader().load
        )
    except InvalidDocumentException as error:
        texts = "; ".join(str(cause.message) for cause in error.causes)
        hint = "if it needs the value of a parameter, set it: --parameter NAME=VALUE"
        raise SourceError(f"SAM's translator rejects the template: {texts}", root.at, hint=hint) from error
    return result


def _node(value: Any, source: TemplateNode, path: tuple[str, ...]) -> TemplateNode:
    """Data as a tree, with positions in the template that it was made from."""
    at = _place(source, path)
    if isinstance(value, dict):
        return TemplateNode(
            at, members={str(name): _node(one, source, (*path, str(name))) for name, one in value.items()}
        )
    if isinstance(value, list):
        return TemplateNode(at, items=tuple(_node(item, source, path) for item in value))
    text = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
    return replace(TemplateNode(at), value=value, text=text)


def _place(source: TemplateNode, path: tuple[str, ...]) -> Position:
    """The position in the template; for a resource that the translator added, that of the resource it belongs to."""
    node = source
    for name in path:
        members = node.members or {}
        origin = max((one for one in members if name.startswith(one)), key=len, default=None)
        if origin is None:
            break
        node = members[origin]
        if origin != name:
            break
    return node.at
