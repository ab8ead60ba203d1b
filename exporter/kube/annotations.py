"""Annotation selectors, our own addition to what an API server can be asked: ``key=value``, nothing else."""

from exporter.kube.labels import is_label_key
from exporter.kube.quoting import quoted
from exporter.kube.selector import BadSelector


def parse_annotation(text: str) -> tuple[str, str]:
    """Split a selector at its first ``=`` into the key and the value that an object must have under it.

    The value is taken as it is, with blanks, commas and further signs: an annotation can hold anything.

    Raises:
        BadSelector: there is no ``=``, or no annotation can have such a key.
    """
    key, sign, value = text.partition("=")
    if not sign:
        raise _bad(f"expected key=value, not {quoted(text)}")
    if not is_label_key(key):
        raise _bad(f"{quoted(key)} cannot be the key of an annotation")
    return key, value


def _bad(problem: str) -> BadSelector:
    # An API server has no words for this.
    return BadSelector(problem, words=f"annotationSelector: {problem}")
