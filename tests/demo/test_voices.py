"""What is heard in a demo although its log is quiet."""

import logging
from collections.abc import Iterator

import pytest

from exporter import demo, progress
from exporter.informer import standing


@pytest.fixture
def speaking(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """The log of a demo, of which no trace is left afterwards."""
    loggers = [
        (logger, logger.level, [*logger.filters]) for logger in (logging.getLogger(), progress.log, standing.log)
    ]
    logging.getLogger().setLevel(logging.WARNING)
    demo.speak_up()
    yield caplog
    for logger, level, filters in loggers:
        logger.setLevel(level)
        logger.filters[:] = filters


def test_how_far_the_first_list_is_is_heard(speaking: pytest.LogCaptureFixture) -> None:
    progress.log.info("listing")
    assert speaking.messages == ["listing"]


def test_that_a_trouble_is_over_is_heard_and_that_all_is_well_from_the_beginning_is_not(
    speaking: pytest.LogCaptureFixture,
) -> None:
    for level, message in ((logging.INFO, "live"), (logging.WARNING, "degraded"), (logging.INFO, "live again")):
        standing.log.log(level, message)
    assert speaking.messages == ["degraded", "live again"]
