"""Local files for properties that take an object in a bucket; `aws cloudformation package` uploads the same ones.

The properties are those that this command supports
(https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html); the schema identifies them by their
bucket and key, or by their name.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.convert.writer.code import CallOf, Code, DictOf, TextOf

if TYPE_CHECKING:
    from cloudwright.convert.cloudformation.nodes import TemplateNode
    from cloudwright.convert.cloudformation.translator import Translator
    from cloudwright.diff.shape import Shape

_OBJECTS = (("S3Bucket", "S3Key"), ("Bucket", "Key"))
_S3 = "s3://"


def packaged(name: str, node: TemplateNode, place: Shape | None, translator: Translator) -> Code | None:
    """An asset for a local file or folder, bucket and key for an S3 URI; `None` for any other value.

    Args:
        name: The property's name.
        node: The template's value.
        place: What the schema says about the property.
        translator: Collects what the program uses.
    """
    keys = next((pair for pair in _OBJECTS if place is not None and set(pair) <= place.properties), None)
    if keys is not None and node.members is not None:
        return _uploaded(node, keys, translator)
    if place is None or not isinstance(node.value, str) or "{{resolve:" in node.value:
        return None
    text = scalar_text(node)
    if place.types == {"object"} and keys is not None:
        return _object(text, keys) if text.startswith(_S3) else _local(text, translator)
    if name.endswith("S3Location") and place.types == {"string"} and not text.startswith(_S3):
        return _local(text, translator)
    return None


def _uploaded(node: TemplateNode, keys: tuple[str, str], translator: Translator) -> Code | None:
    """An asset for an object that CDK uploads from a file of its assembly."""
    key = node.get(keys[1])
    if key is None or not key.is_scalar or len(node.members or {}) != len(keys):
        return None
    path = translator.known.files.get(scalar_text(key))
    return None if path is None else _asset(path, translator)


def _object(uri: str, keys: tuple[str, str]) -> Code:
    bucket, _, key = uri.removeprefix(_S3).partition("/")
    return DictOf(((keys[0], TextOf(bucket)), (keys[1], TextOf(key))))


def _local(path: str, translator: Translator) -> Code:
    """An asset whose path is relative to the template's folder."""
    base = translator.known.base
    return _asset(posixpath.normpath(posixpath.join(base, path)) if base else path, translator)


def _asset(path: str, translator: Translator) -> Code:
    translator.known.uses.add("asset")
    return CallOf("asset", (("", TextOf(path)),))
