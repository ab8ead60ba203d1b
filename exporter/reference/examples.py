"""A question for each family, and the PromQL that answers it."""

from exporter.metrics.family import Family
from exporter.reference.crons import CRONS
from exporter.reference.informers import INFORMERS
from exporter.reference.process import PROCESS
from exporter.reference.words import Example, fill
from exporter.reference.workflows import WORKFLOWS

EXAMPLES: dict[str, Example] = {**WORKFLOWS, **CRONS, **INFORMERS, **PROCESS}
"""By the name of the family."""


def written(family: Family) -> str:
    """Give the query of a family's example as it can be asked.

    Raises:
        KeyError: it has none.
    """
    return fill(EXAMPLES[family.name], family)
