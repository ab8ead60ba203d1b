"""The client over TLS: certificates of servers and of our own, proxies, rotation."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from exporter.kube.auth import Credentials
from exporter.kube.client import Client
from exporter.kube.errors import Unreachable
from exporter.kube.objects import Resource
from exporter.kube.query import ListQuery, WatchQuery
from tests.kube.kubeconfigs import source, write
from tests.kube.servers import Server, answer, answering, proxying, serving, streaming

WORKFLOWS = Resource("argoproj.io", "v1alpha1", "workflows", "Workflow")
PAGE = b'{"metadata":{"resourceVersion":"7"},"items":[]}'
SECRET = "very-secret-password"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_context(authority: trustme.CA, *names: str, ask: bool = False) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(names or ("127.0.0.1",))).configure_cert(context)
    if ask:
        authority.configure_trust(context)
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


def kubeconfig(folder: Path, server: Server, authority: trustme.CA, user: dict[str, Any], **cluster: Any) -> Path:
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    return write(folder, user, **({"server": server.url, "certificate_authority": "ca.pem"} | cluster))


def issue(folder: Path, authority: trustme.CA, name: str) -> dict[str, str]:
    """Write a client certificate and its key; the user section that names them."""
    leaf = authority.issue_cert(f"{name}@example.com", common_name=name)
    leaf.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    leaf.private_key_pem.write_to_path(str(folder / "key.pem"))
    return {"client-certificate": "cert.pem", "client-key": "key.pem"}


@asynccontextmanager
async def client_of(path: Path, environ: dict[str, str] | None = None, **options: Any) -> AsyncIterator[Client]:
    async with Client(Credentials(source(path, environ), **options)) as client:
        yield client


async def test_a_token_goes_to_a_server_whose_certificate_is_known(tmp_path: Path, authority: trustme.CA) -> None:
    async with serving(answering(PAGE), server_context(authority)) as server:
        path = kubeconfig(tmp_path, server, authority, {"token": "t"})
        async with client_of(path) as client:
            assert (await client.list_page(WORKFLOWS, ListQuery())).version == "7"
    assert server.requests[0].headers["authorization"] == "Bearer t"


async def test_a_server_whose_certificate_is_not_known_is_unreachable(tmp_path: Path, authority: trustme.CA) -> None:
    async with serving(answering(PAGE), server_context(authority)) as server:
        path = kubeconfig(tmp_path, server, trustme.CA(), {"token": "t"})
        async with client_of(path) as client:
            with pytest.raises(Unreachable, match=r"TLS: .*unable to get"):
                await client.list_page(WORKFLOWS, ListQuery())
    assert server.requests == []


async def test_an_intermediate_authority_may_be_trusted_by_itself(tmp_path: Path, authority: trustme.CA) -> None:
    between = authority.create_child_ca()
    async with serving(answering(PAGE), server_context(between)) as server:
        path = kubeconfig(tmp_path, server, between, {})
        async with client_of(path) as client:
            assert (await client.list_page(WORKFLOWS, ListQuery())).version


async def test_another_name_in_the_certificate_is_accepted_only_if_it_is_said(
    tmp_path: Path, authority: trustme.CA
) -> None:
    async with serving(answering(PAGE), server_context(authority, "inside.example.com")) as server:
        async with client_of(kubeconfig(tmp_path, server, authority, {})) as client:
            with pytest.raises(Unreachable, match=r"TLS: .*not valid for"):
                await client.list_page(WORKFLOWS, ListQuery())
        path = kubeconfig(tmp_path, server, authority, {}, tls_server_name="inside.example.com")
        async with client_of(path) as client:
            assert (await client.list_page(WORKFLOWS, ListQuery())).version


async def test_a_server_is_not_checked_where_the_file_says_so(tmp_path: Path, authority: trustme.CA) -> None:
    async with serving(answering(PAGE), server_context(authority, "inside.example.com")) as server:
        path = write(tmp_path, server=server.url, insecure_skip_tls_verify=True)
        async with client_of(path) as client:
            assert (await client.list_page(WORKFLOWS, ListQuery())).version


async def test_a_client_certificate_is_shown_and_a_new_one_once_it_is_written(
    tmp_path: Path, authority: trustme.CA
) -> None:
    now = [0.0]
    async with serving(answering(PAGE), server_context(authority, ask=True)) as server:
        path = kubeconfig(tmp_path, server, authority, issue(tmp_path, authority, "first"))
        async with client_of(path, clock=lambda: now[0]) as client:
            await client.list_page(WORKFLOWS, ListQuery())
            issue(tmp_path, authority, "second")
            now[0] += 10
            await client.list_page(WORKFLOWS, ListQuery())
    assert [request.certificate for request in server.requests] == ["first", "second"]


async def test_a_token_that_is_rotated_in_its_file_is_sent_from_then_on(tmp_path: Path, authority: trustme.CA) -> None:
    (tmp_path / "token").write_text("first\n")
    async with serving(answering(PAGE), server_context(authority)) as server:
        path = kubeconfig(tmp_path, server, authority, {"tokenFile": "token"})
        async with client_of(path) as client:
            await client.list_page(WORKFLOWS, ListQuery())
            (tmp_path / "token").write_text("second\n")
            await client.refresh_credentials()
            await client.list_page(WORKFLOWS, ListQuery())
    assert [request.headers["authorization"] for request in server.requests] == ["Bearer first", "Bearer second"]
    assert server.connections == 2


async def test_lists_and_watches_go_through_a_proxy_with_its_password(tmp_path: Path, authority: trustme.CA) -> None:
    script = streaming(b'{"a":1}\n')
    names = ("127.0.0.1", "inside.example.com")
    async with proxying() as proxy, serving(script, server_context(authority, *names)) as server:
        address = proxy.url.replace("http://", f"http://me:{SECRET}@")
        path = kubeconfig(tmp_path, server, authority, {}, proxy_url=address, tls_server_name="inside.example.com")
        async with client_of(path) as client, client.watch(WORKFLOWS, WatchQuery("1")) as chunks:
            assert await anext(chunks) == [b'{"a":1}']
    assert proxy.requests[0].line == f"CONNECT 127.0.0.1:{server.port} HTTP/1.1"
    assert proxy.requests[0].headers["proxy-authorization"].startswith("Basic ")
    assert "proxy-authorization" not in server.requests[0].headers


async def test_a_proxy_that_refuses_is_unreachable_and_its_password_not_told(
    tmp_path: Path, authority: trustme.CA
) -> None:
    async with serving(answering(b"", "407 Proxy Authentication Required")) as proxy:
        address = proxy.url.replace("http://", f"http://me:{SECRET}@")
        path = write(tmp_path, server="https://192.0.2.1", proxy_url=address)
        async with client_of(path) as client:
            with pytest.raises(Unreachable, match="the proxy answered 407") as caught:
                await client.list_page(WORKFLOWS, ListQuery())
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


async def test_a_proxy_that_is_not_there_is_unreachable_and_its_password_not_told(tmp_path: Path) -> None:
    path = write(tmp_path, server="https://192.0.2.1", proxy_url=f"http://me:{SECRET}@127.0.0.1:1")
    async with client_of(path) as client:
        with pytest.raises(Unreachable) as caught:
            await client.list_page(WORKFLOWS, ListQuery())
    assert SECRET not in f"{caught.value!r} {caught.value.__cause__!r} {caught.value.__context__!r}"


async def test_a_server_that_speaks_plain_http_is_unreachable_over_tls(tmp_path: Path) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer(b"this is no TLS", "400 Bad Request"))
        writer.close()
        await writer.wait_closed()

    listener = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    path = write(tmp_path, server=f"https://127.0.0.1:{port}", insecure_skip_tls_verify=True)
    async with client_of(path) as client:
        with pytest.raises(Unreachable, match=r"TLS: |reset"):
            await client.list_page(WORKFLOWS, ListQuery())
    listener.close()
    await listener.wait_closed()
