"""The metric reference: every family that is declared, what it may cost, and a question that it answers."""

from exporter.reference.examples import EXAMPLES, written
from exporter.reference.page import markdown
from exporter.reference.sections import SECTIONS, Section, families
from exporter.reference.words import Example

__all__ = ["EXAMPLES", "SECTIONS", "Example", "Section", "families", "markdown", "written"]
