"""Infrastructure as plain Python over the AWS Cloud Control API.

>>> from cloudwright import App
>>> from cloudwright.aws.control import AWS

The names below are the public API; everything else may change without notice.
"""

from __future__ import annotations

from cloudwright.app import App
from cloudwright.errors import CloudwrightError
from cloudwright.program import outputs
from cloudwright.resource import Resource
from cloudwright.scope import component, scope
from cloudwright.secret import Secret, secret
from cloudwright.target import target

__version__ = "0.1.0"

__all__ = [
    "App",
    "CloudwrightError",
    "Resource",
    "Secret",
    "component",
    "outputs",
    "scope",
    "secret",
    "target",
]
