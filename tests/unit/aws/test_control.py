from __future__ import annotations

import importlib
from typing import Any

import pytest

from cloudwright.aws.control import ResourceClass, Vendor, resource_class
from cloudwright.errors import UnknownType
from cloudwright.program.resource import AnyResource, Resource


def declared(type_name: str) -> Resource:
    resource = object.__new__(AnyResource)
    resource._type = type_name
    return resource


def test_a_resource_is_an_instance_of_its_class_alone() -> None:
    bucket: Any = ResourceClass("AWS::S3::Bucket")

    assert isinstance(declared("AWS::S3::Bucket"), bucket)
    assert not isinstance(declared("AWS::S3::BucketPolicy"), bucket)
    assert not isinstance("AWS::S3::Bucket", bucket)


def test_a_service_lists_its_types_and_a_vendor_its_services() -> None:
    aws = Vendor("AWS")

    assert "ImageBuilder" in dir(aws)
    assert "DistributionConfiguration" in dir(aws.ImageBuilder)


def test_a_services_module_is_the_service() -> None:
    module = importlib.import_module("cloudwright.aws.ImageBuilder")

    assert resource_class("AWS::ImageBuilder::Component") is module.Component
    with pytest.raises(UnknownType, match="Did you mean 'AWS::ImageBuilder::Component'"):
        module.Componant  # noqa: B018 - the access is the point
