"""Who is told how many of the changes each caller has heard of: whoever keeps books on what nobody could see."""

from typing import Protocol


class Audience(Protocol):
    """What is told of those who list or watch all workflows; callers go by their ``User-Agent``."""

    def listed(self, name: str, version: int, *, first: bool, last: bool) -> None:
        """Somebody was given a page of a list at a version."""

    def told(self, name: str, version: int) -> None:
        """Somebody's watch has told all changes up to a version."""


class Nobody:
    """An audience that does not mind."""

    def listed(self, name: str, version: int, *, first: bool, last: bool) -> None:
        """Do nothing."""

    def told(self, name: str, version: int) -> None:
        """Do nothing."""
