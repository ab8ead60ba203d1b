"""What is said about a name that nobody knows: the name that was probably meant."""

from collections.abc import Iterable


def suggestion(name: str, known: Iterable[str]) -> str:
    """A question that helps who mistyped a name, to be put behind a complaint; empty when no name is close."""
    import difflib  # noqa: PLC0415 - only mistakes need it

    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""
