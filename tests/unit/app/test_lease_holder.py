"""Who a run says that it is."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cloudwright.app.lease_holder import holder

if TYPE_CHECKING:
    import pytest


def test_the_holder_of_a_lease_names_its_command_without_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["/bin/cloudwright", "state", "copy", "--from", "postgresql://me:hunter2@host/db"]
    monkeypatch.setattr(sys, "argv", words)

    assert holder(0.0).command == "cloudwright state copy --from postgresql://me:(secret)@host/db"
