"""What the services of the query protocol share: the form of a request, and their refusals."""

from __future__ import annotations

Form = dict[str, str]


class QueryRefused(Exception):
    """A query service refuses a call."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        """Keep the code apart from the text.

        Args:
            code: Such as `TypeNotFoundException`.
            message: AWS's own words.
            status: The HTTP status.
        """
        self.code = code
        self.message = message
        self.status = status
        super().__init__(f"{code}: {message}")
