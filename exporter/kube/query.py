"""The questions put to an API server, as values: what to list, what to watch."""

import msgspec


class ListQuery(msgspec.Struct, frozen=True):
    """One page of a list, of the newest state there is."""

    namespace: str | None = None
    """One namespace, or None for all of them."""
    label_selector: str = ""
    limit: int = 500
    token: str = ""
    """The ``continue`` of the page before."""

    def parameters(self) -> dict[str, str]:
        """The query string's pairs."""
        pairs = {"labelSelector": self.label_selector, "limit": str(self.limit), "continue": self.token}
        return {name: text for name, text in pairs.items() if text}


class WatchQuery(msgspec.Struct, frozen=True):
    """One watch."""

    version: str
    """Everything after this resourceVersion is told."""
    namespace: str | None = None
    label_selector: str = ""
    timeout_seconds: int = 300
    """The server ends the watch, cleanly, after about this time."""

    def parameters(self) -> dict[str, str]:
        """The query string's pairs."""
        pairs = {
            "labelSelector": self.label_selector,
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": self.version,
            "timeoutSeconds": str(self.timeout_seconds),
        }
        return {name: text for name, text in pairs.items() if text}
