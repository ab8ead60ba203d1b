"""The web configuration while the program runs: read again when it changes; a wrong one leaves the old one in force."""

import asyncio
import logging
import ssl
import time
from pathlib import Path

from exporter.webconfig.form import WebConfig, WebConfigError, load
from exporter.webconfig.tls import fingerprint, make_context
from exporter.webconfig.users import Users

log = logging.getLogger(__name__)


class Door:
    """What is in force. Without a file: plain HTTP, and nobody is asked."""

    def __init__(self, path: Path | None = None) -> None:
        """Read it; this blocks.

        Raises:
            WebConfigError: it cannot be used.
        """
        self._path = path
        self.config = WebConfig()
        self.context: ssl.SSLContext | None = None
        """None for plain HTTP."""
        self.users = Users({})
        self.successful = True
        """Whether the files could be used when they were last read."""
        self.read_at = time.time()
        """When those in force were read, in epoch seconds."""
        self._seen = b""
        self._said = ""
        if path is not None:
            self._seen, self.config, self.context = _read(path)
            self.users = Users(self.config.basic_auth_users)

    @property
    def complaint(self) -> str:
        """Why the files cannot be used as they are now; empty if they can."""
        return self._said

    @property
    def verifies(self) -> bool:
        """Whether nobody comes in without a certificate that was verified."""
        return self.context is not None and self.context.verify_mode == ssl.CERT_REQUIRED

    @property
    def knows_callers(self) -> bool:
        """Whether everybody who comes in is known."""
        return self.verifies or bool(self.users)

    async def look(self) -> bool:
        """Read the files again if they have changed; say whether others are in force now."""
        path = self._path
        if path is None:
            return False
        seen = await asyncio.to_thread(fingerprint, path, self.config.tls_server_config)
        if seen == self._seen:
            self.successful, self._said = True, ""  # put back as it was
            return False
        try:
            _, config, context = await asyncio.to_thread(_read, path)
        except WebConfigError as error:
            self._complain(str(error))
            return False
        self._seen = await asyncio.to_thread(fingerprint, path, config.tls_server_config)
        if config.basic_auth_users != self.config.basic_auth_users:
            self.users = Users(config.basic_auth_users)
        self.config, self.context, self.successful, self.read_at = config, context, True, time.time()
        self._said = ""
        log.info("the web configuration was read again", extra={"fields": {"file": str(path)}})
        return True

    def _complain(self, why: str) -> None:
        if why != self._said:  # it is looked at again and again
            log.error("the web configuration cannot be used, the old one stays", extra={"fields": {"why": why}})
        self.successful, self._said = False, why


def _read(path: Path) -> tuple[bytes, WebConfig, ssl.SSLContext | None]:
    config = load(path)
    tls = config.tls_server_config
    seen = fingerprint(path, tls)
    return seen, config, make_context(tls, path.parent) if tls else None
