"""The questions put to an API server, as values: what to list, what to watch."""

import msgspec


class ListQuery(msgspec.Struct, frozen=True):
    """One page of a list."""

    namespace: str | None = None
    """One namespace, or None for all of them."""
    label_selector: str = ""
    field_selector: str = ""
    limit: int = 500
    token: str = ""
    """The ``continue`` of the page before; the server takes no version beside it."""
    version: str | None = None
    """``resourceVersion``: None asks for the newest state there is, "0" for any."""

    def parameters(self) -> dict[str, str]:
        """The query string's pairs."""
        pairs = _selectors(self.label_selector, self.field_selector) | {"limit": str(self.limit)}
        if self.token:
            return pairs | {"continue": self.token}
        return pairs if self.version is None else pairs | {"resourceVersion": self.version}


class WatchQuery(msgspec.Struct, frozen=True):
    """One watch."""

    version: str
    """Everything after this resourceVersion is told."""
    namespace: str | None = None
    label_selector: str = ""
    field_selector: str = ""
    timeout_seconds: int = 300
    """The server ends the watch, cleanly, after about this time."""

    def parameters(self) -> dict[str, str]:
        """The query string's pairs."""
        return _selectors(self.label_selector, self.field_selector) | {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": self.version,
            "timeoutSeconds": str(self.timeout_seconds),
        }


def _selectors(labels: str, fields: str) -> dict[str, str]:
    pairs = {"labelSelector": labels, "fieldSelector": fields}
    return {name: text for name, text in pairs.items() if text}
