"""The shapes of the services other than Cloud Control are botocore's."""

from __future__ import annotations

import local_services
from cloudwright.local.api.service_calls import TABLES
from cloudwright.local.protocols.model import service_models


def test_the_table_is_made_from_botocores_models() -> None:
    assert local_services.text() == local_services.FILE.read_text("utf-8")


def test_every_served_operation_has_its_shapes() -> None:
    for service, table in TABLES.items():
        assert set(table) <= set(service_models()[service].operations)
