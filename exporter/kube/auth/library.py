"""Signing in at an identity provider, which ``kubernetes.aio.config`` does, and what its failures mean.

The library is imported when it is first called, in a thread: that takes 0.3 s, and 20 MB that never come back. So it
is asked for users with an ``auth-provider`` alone; all others are read in ``plain``.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from exporter.kube.auth.plain import Loaded
from exporter.kube.errors import Misconfigured

TIME_LIMIT = 30.0
"""Seconds for a sign-in at an identity provider, which the library may need to do."""


async def sign_in(source: str, config: Mapping[str, Any]) -> Loaded:
    """Let the library read a kubeconfig of one context.

    Raises:
        Misconfigured: it cannot.
    """
    await asyncio.to_thread(_load_library)
    from kubernetes.aio.config import ConfigException, load_kube_config_from_dict  # noqa: PLC0415

    load: Any = load_kube_config_from_dict
    configuration = _new_configuration()
    try:
        async with asyncio.timeout(TIME_LIMIT):
            await load(config, client_configuration=configuration)
    except ConfigException as error:
        raise Misconfigured(f"{source}: {error}") from None
    except Exception as error:  # noqa: BLE001 - whatever the file makes the library stumble over
        # NB the text of a foreign error may repeat a value of the file.
        raise Misconfigured(f"{source}: it cannot be used ({type(error).__name__})") from None
    return _loaded(configuration)


def _load_library() -> None:
    import kubernetes.aio.config  # noqa: F401, PLC0415


def _new_configuration() -> Any:
    from kubernetes.aio.client import Configuration  # noqa: PLC0415

    return Configuration()


def _loaded(configuration: Any) -> Loaded:
    return Loaded(
        server=configuration.host,
        authorization=configuration.api_key.get("BearerToken"),
        authorities=configuration.ssl_ca_cert,
        certificate=configuration.cert_file,
        key=configuration.key_file,
        verify=configuration.verify_ssl,
        server_hostname=configuration.tls_server_name,
        proxy=configuration.proxy,
    )
