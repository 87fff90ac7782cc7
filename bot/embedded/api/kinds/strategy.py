"""What differs from kind to kind when an object is written. `objects` calls the three hooks; the default is a custom
resource: no defaults beyond its schema, `status` only through the status subresource, metadata not through it.
"""

from collections.abc import Iterator
from typing import Any

from bot.embedded.api.status_errors import FieldError

type Document = dict[str, Any]


class Strategy:
    """The hooks of one kind. `document` is settled and may be changed in place."""

    keeps_status_on_create = False
    status_takes_metadata = False

    def prepare_create(self, document: Document) -> None:
        """Complete a new object; its status has been dropped already."""

    def prepare_update(self, document: Document, old: Document) -> None:
        """Complete an update of everything but the status."""

    def check(self, document: Document, old: Document | None) -> Iterator[FieldError]:
        """What is wrong beyond the schema; `old` is None on create."""
        yield from ()


class BuiltIn(Strategy):
    """Built-in kinds let labels and annotations change through the status subresource."""

    status_takes_metadata = True
