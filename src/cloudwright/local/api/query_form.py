"""Shared by the services of the query protocol: parsing of requests, and errors."""

from __future__ import annotations

Form = dict[str, str]


class QueryRefused(Exception):
    """A query service refuses a call."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        """Create the error.

        Args:
            code: Such as `TypeNotFoundException`.
            message: AWS's message.
            status: The HTTP status.
        """
        self.code = code
        self.message = message
        self.status = status
        super().__init__(f"{code}: {message}")
