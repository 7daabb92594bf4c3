"""The class of custom resources that one function makes."""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass
from cloudwright.program.resource import OPTIONS, Resource

if TYPE_CHECKING:
    from collections.abc import Mapping

_TAKEN = frozenset(
    {
        *OPTIONS,
        "id",
        "definition",
        "identifier",
        "self",
        *dir(Resource),
        *("str", "int", "float", "bool", "list", "dict"),
    }
)


@dataclass(frozen=True, slots=True)
class CustomClass:
    """The class of the custom resources that one function creates.

    Attributes:
        name: The class's.
        resources: Logical ids.
        fields: Property of the template -> field of the class.
    """

    name: str
    resources: tuple[str, ...]
    fields: Mapping[str, str]

    @property
    def provider(self) -> str:
        """The name of the provider's class."""
        return f"{self.name}Provider"

    def attribute(self, name: str) -> str:
        """The field that holds what `Fn::GetAtt` returns; not a property's, which holds the declared value.

        Args:
            name: The attribute's name in the template.
        """
        field = field_name(name)
        return f"{field}_" if field in self.fields.values() else field


def field_name(name: str) -> str:
    """The name of a field: as in the template, if Python and cloudwright allow it.

    Args:
        name: Of a property or an attribute.
    """
    field = re.sub(r"\W", "_", name).lstrip("_") or "value"
    field = f"n{field}" if field[0].isdigit() else field
    return f"{field}_" if keyword.iskeyword(field) or field in _TAKEN else field
