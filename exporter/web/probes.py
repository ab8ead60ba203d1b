"""/livez, /readyz and /healthz, in the words and lines of a Kubernetes component."""

from collections.abc import Sequence

from aiohttp.web import BaseRequest, Response

from exporter.web.answers import text
from exporter.web.sources import AskReadiness, Check


class Probes:
    """Says whether the process lives and whether its answers can be relied on."""

    def __init__(self, ask_readiness: AskReadiness, *, withhold: bool = False) -> None:
        """``withhold`` keeps the reasons from callers, who may be anybody; the log has them."""
        self._ask_readiness = ask_readiness
        self._withhold = withhold
        self._leaving = False

    def leave(self) -> None:
        """From now on not ready: the process is about to stop."""
        self._leaving = True

    async def livez(self, _request: BaseRequest) -> Response:
        """200 as long as the loop turns; nothing outside the process can make it fail."""
        return report("livez", (Check("ping"),))

    async def readyz(self, _request: BaseRequest) -> Response:
        """200 when every check passes, else 503; one line for each check."""
        shutdown = Check("shutdown", "the process is stopping" if self._leaving else None)
        checks = (*self._ask_readiness(), shutdown)
        return report("readyz", tuple(map(_withheld, checks)) if self._withhold else checks)

    async def healthz(self, _request: BaseRequest) -> Response:
        """The older name of /livez."""
        return report("healthz", (Check("ping"),))


def report(probe: str, checks: Sequence[Check]) -> Response:
    """The answer of a probe over its checks."""
    passed = all(check.problem is None for check in checks)
    lines = [*map(_line, checks), f"{probe} check {'passed' if passed else 'failed'}"]
    return text(200 if passed else 503, "\n".join(lines) + "\n")


def _withheld(check: Check) -> Check:
    return Check(check.name, "reason withheld" if check.problem else None)


def _line(check: Check) -> str:
    if check.problem is None:
        return f"[+]{check.name} ok"
    return f"[-]{check.name} failed: {' '.join(check.problem.split())}"
