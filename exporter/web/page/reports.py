"""What the page shows of an informer, as protocols: its own statistics fit them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from exporter.kube.objects import Resource
from exporter.store.store import StoreStatistics


class ReflectorReport(Protocol):
    """What one watch did."""

    @property
    def reason(self) -> str:
        """Why it is not live, in words for people."""

    @property
    def remaining(self) -> int | None:
        """While listing: objects still to come, where the server told."""

    @property
    def listed(self) -> int:
        """Objects of the present or last list that came so far."""

    @property
    def last_event(self) -> float:
        """Epoch seconds; 0 before the first."""

    @property
    def last_sync(self) -> float:
        """Epoch seconds; 0 before the first."""

    @property
    def lists(self) -> Mapping[str, int]:
        """Lists by their reasons."""

    @property
    def watches(self) -> int:
        """Watches that were asked for."""

    @property
    def list_errors(self) -> Mapping[str, int]:
        """What lists failed of."""

    @property
    def watch_errors(self) -> Mapping[str, int]:
        """What watches failed of."""

    @property
    def bookmarks(self) -> int:
        """Bookmarks that came."""

    @property
    def received_bytes(self) -> int:
        """Bytes of objects and of lines of watches."""


class InformerReport(Protocol):
    """What an informer did and where it stands."""

    @property
    def resource(self) -> Resource:
        """What it watches."""

    @property
    def state(self) -> str:
        """One word."""

    @property
    def last_contact(self) -> float:
        """Epoch seconds; 0 before the first."""

    @property
    def events(self) -> Mapping[str, int]:
        """Changes applied to the cache."""

    @property
    def reflectors(self) -> Sequence[ReflectorReport]:
        """One for each namespace chosen, or one for all."""

    @property
    def store(self) -> StoreStatistics:
        """What the cache holds."""
