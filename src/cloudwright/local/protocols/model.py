"""Service models: the operations of a service, and the shapes of their inputs and outputs.

The table is made from botocore's models by `tools/local_services.py`.
"""

from __future__ import annotations

import json
from dataclasses import field
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

Shape = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ServiceOperation:
    """One operation.

    Attributes:
        name: Such as `GetImage`.
        method: The HTTP method.
        path: The HTTP path.
        input: The name of its input shape; empty if it takes nothing.
        output: The name of its output shape; empty if it returns nothing.
        wrapper: The element around a result in the query protocol; empty in the others.
    """

    name: str
    method: str
    path: str
    input: str
    output: str
    wrapper: str


@dataclass(frozen=True, slots=True)
class ServiceModel:
    """One service, with the operations that the local cloud serves.

    Attributes:
        name: Its signing name.
        protocol: `rest-json`, `json`, `ec2` or `query`.
        version: Of its API, such as `2016-11-15`.
        namespace: Of its XML; empty for JSON.
        target_prefix: The prefix of the operation in `X-Amz-Target`; empty for other protocols.
        operations: By name.
        shapes: By name.
    """

    name: str
    protocol: str
    version: str
    namespace: str
    target_prefix: str
    operations: Mapping[str, ServiceOperation] = field(repr=False)
    shapes: Mapping[str, Shape] = field(repr=False)

    def at(self, method: str, path: str) -> str:
        """The operation at an HTTP method and path; empty if there is none.

        Args:
            method: Such as `PUT`.
            path: Such as `/GetImage`, without its query.
        """
        wanted = (method, path.rstrip("/"))
        return next((one.name for one in self.operations.values() if (one.method, one.path) == wanted), "")

    def status(self, error: str) -> int:
        """The HTTP status of an error; 400 for errors that are not in the model."""
        shape = self.shapes.get(error, {})
        return int((shape.get("error") or {}).get("httpStatusCode", 400))


@lru_cache(maxsize=1)
def service_models() -> dict[str, ServiceModel]:
    """The services by signing name."""
    text = resources.files("cloudwright.local").joinpath("data", "service_models.json").read_text("utf-8")
    return {name: _model(name, given) for name, given in json.loads(text).items()}


def _model(name: str, given: dict[str, Any]) -> ServiceModel:
    return ServiceModel(
        name,
        given["protocol"],
        given["apiVersion"],
        given.get("xmlNamespace", ""),
        given.get("targetPrefix", ""),
        {one: _operation(one, operation) for one, operation in given["operations"].items()},
        given["shapes"],
    )


def _operation(name: str, given: dict[str, Any]) -> ServiceOperation:
    return ServiceOperation(name, given["method"], given["path"], given["input"], given["output"], given["wrapper"])
