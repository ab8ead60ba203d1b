"""Who answers a path, and with which methods."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec
from aiohttp.web import BaseRequest, Response, StreamResponse

from exporter.web.access import AskActs, with_path
from exporter.web.answers import READING, Refused, wrong_method

ANY: tuple[str, ...] = ()
"""In place of methods: the handler decides."""

Handler: TypeAlias = Callable[[BaseRequest], Awaitable[StreamResponse]]


class Route(msgspec.Struct, frozen=True):
    """Who answers a path."""

    name: str
    """How the handler is called in the statistics."""
    answer: Handler
    methods: tuple[str, ...] = READING
    """Those that are let through; none means that the handler decides."""
    refuse: Callable[[Refused], Response] | None = None
    """How a refusal is told; None leaves it to the path."""
    ask_acts: AskActs = with_path
    """What a request does, which its caller must be allowed; unless said otherwise, to read a path."""

    async def call(self, request: BaseRequest) -> StreamResponse:
        """Answer one request.

        Raises:
            Refused: 405, or whatever the handler refuses.
        """
        if self.methods and request.method not in self.methods:
            raise wrong_method(self.methods)
        return await self.answer(request)
