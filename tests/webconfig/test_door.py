"""TLS and users on real sockets, while their files change."""

import asyncio
import shutil
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import bcrypt
import pytest
import trustme

from exporter.web.address import Address
from exporter.web.guard import Guard, caller_of
from exporter.web.server import Server
from exporter.webconfig import Door, WebConfigError
from tests.web.fakes import World

TLS = "tls_server_config: {cert_file: tls.crt, key_file: tls.key%s}\n"
CLIENTS = ", client_ca_file: ca.crt, client_auth_type: %s"


class Files:
    """The files of one web configuration, and the authority that signs them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = trustme.CA()
        self.path = folder / "web.yaml"

    def certify(self, name: str = "localhost") -> None:
        certificate = self.authority.issue_cert(name, "127.0.0.1")
        (self.folder / "tls.crt").write_bytes(b"".join(one.bytes() for one in certificate.cert_chain_pems))
        (self.folder / "tls.key").write_bytes(certificate.private_key_pem.bytes())

    def write(self, text: str) -> Path:
        self.path.write_text(text)
        return self.path

    def trusting(self, *, certified: bool = False) -> ssl.SSLContext:
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        if certified:
            self.authority.issue_cert(common_name="anna", organization_name="devs").configure_cert(context)
        return context


@pytest.fixture
def files(tmp_path: Path) -> Files:
    files = Files(tmp_path)
    files.certify()
    files.authority.cert_pem.write_to_path(str(tmp_path / "ca.crt"))
    return files


@asynccontextmanager
async def served(door: Door) -> AsyncIterator[tuple[Server, str]]:
    server = Server(World().site(guard=Guard(None, lambda: door.users)))
    await server.start([Address("127.0.0.1", 0)], door.context)
    try:
        yield server, f"127.0.0.1:{server.addresses[0].port}"
    finally:
        await server.stop(5)


async def fetch(url: str, context: ssl.SSLContext | None = None, **headers: str) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.get(url, ssl=context or True, headers=headers) as response,
    ):
        await response.read()
        return response.status


async def peer(address: str, context: ssl.SSLContext) -> bytes:
    """The certificate that is shown to a new connection."""
    host, _, port = address.partition(":")
    _, writer = await asyncio.open_connection(host, int(port), ssl=context)
    try:
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        assert isinstance(shown, bytes)
        return shown
    finally:
        writer.close()
        await writer.wait_closed()


async def test_without_a_file_it_is_plain(files: Files) -> None:
    door = Door()
    assert not await door.look()
    async with served(door) as (_, address):
        assert await fetch(f"http://{address}/metrics") == 200


async def test_with_a_certificate_it_is_tls_alone(files: Files) -> None:
    async with served(Door(files.write(TLS % ""))) as (_, address):
        assert await fetch(f"https://{address}/metrics", files.trusting()) == 200
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await fetch(f"https://{address}/metrics", ssl.create_default_context())
        with pytest.raises(aiohttp.ClientError):
            await fetch(f"http://{address}/metrics")


async def test_a_new_certificate_is_shown_to_whoever_comes_next_and_nobody_is_cut_off(files: Files) -> None:
    door = Door(files.write(TLS % ""))
    async with served(door) as (server, address), aiohttp.ClientSession() as session:
        context = files.trusting()
        async with session.get(f"https://{address}/metrics", ssl=context) as response:
            assert response.status == 200
        before = await peer(address, context)
        files.certify()
        assert await door.look()
        await server.use(door.context)
        assert await peer(address, context) != before
        async with session.get(f"https://{address}/metrics", ssl=context) as response:
            assert response.status == 200
        assert not await door.look()


async def test_from_plain_to_tls_and_back(files: Files) -> None:
    door = Door(files.write(""))
    async with served(door) as (server, address):
        assert await fetch(f"http://{address}/metrics") == 200
        files.write(TLS % "")
        assert await door.look()
        await server.use(door.context)
        assert await fetch(f"https://{address}/metrics", files.trusting()) == 200
        files.write("")
        assert await door.look()
        await server.use(door.context)
        assert await fetch(f"http://{address}/metrics") == 200


@pytest.mark.parametrize("harm", ["yaml", "certificate", "key", "gone"])
async def test_what_cannot_be_used_leaves_what_was_and_is_told_once(
    files: Files, caplog: pytest.LogCaptureFixture, harm: str
) -> None:
    door = Door(files.write(TLS % ""))
    before, read_at = door.context, door.read_at
    kept = files.folder / "kept"
    kept.mkdir()
    for name in ("tls.crt", "tls.key", "web.yaml"):
        shutil.copy(files.folder / name, kept)
    if harm == "yaml":
        files.write("tls_server_config: 7")
    elif harm == "certificate":
        (files.folder / "tls.crt").write_text("nonsense")
    elif harm == "key":
        (files.folder / "tls.key").write_bytes(trustme.CA().issue_cert("x").private_key_pem.bytes())
    else:
        (files.folder / "tls.key").unlink()
    for _ in range(3):
        assert not await door.look()
    assert (door.context, door.read_at, door.successful) == (before, read_at, False)
    assert door.complaint
    assert len([one for one in caplog.records if one.levelname == "ERROR"]) == 1
    for name in ("tls.crt", "tls.key", "web.yaml"):
        shutil.copy(kept / name, files.folder)
    assert not await door.look()
    assert (door.successful, door.complaint) == (True, "")


async def test_at_the_start_it_is_an_error(files: Files) -> None:
    files.write(TLS % "")
    (files.folder / "tls.key").unlink()
    with pytest.raises(WebConfigError, match=r"tls\.key: cannot be read: No such file"):
        Door(files.path)


async def test_clients_need_a_certificate_where_it_is_required(files: Files) -> None:
    door = Door(files.write(TLS % (CLIENTS % "RequireAndVerifyClientCert")))
    assert door.verifies
    assert door.knows_callers
    async with served(door) as (_, address):
        assert await fetch(f"https://{address}/metrics", files.trusting(certified=True)) == 200
        with pytest.raises(aiohttp.ClientError):
            await fetch(f"https://{address}/metrics", files.trusting())


async def test_clients_may_do_without_where_it_is_not(files: Files) -> None:
    door = Door(files.write(TLS % (CLIENTS % "VerifyClientCertIfGiven")))
    assert not door.knows_callers
    async with served(door) as (_, address):
        assert await fetch(f"https://{address}/metrics", files.trusting()) == 200


def basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


async def test_with_users_everything_but_the_probes_wants_a_password(files: Files) -> None:
    hashed = bcrypt.hashpw(b"right", bcrypt.gensalt(4)).decode()
    door = Door(files.write(f"basic_auth_users: {{anna: '{hashed}'}}"))
    assert door.knows_callers
    async with served(door) as (_, address):
        for path in ("/metrics", "/", "/apis", "/nothing"):
            assert await fetch(f"http://{address}{path}") == 401
            for wrong in (basic("anna", "wrong"), basic("bert", "right"), "Basic", "Basic ???", "Bearer right"):
                assert await fetch(f"http://{address}{path}", Authorization=wrong) == 401
        assert await fetch(f"http://{address}/metrics", Authorization=basic("anna", "right")) == 200
        assert await fetch(f"http://{address}/livez") == 200
        files.write("basic_auth_users: {}")
        assert await door.look()
        assert await fetch(f"http://{address}/metrics") == 200


@pytest.mark.parametrize(
    ("subject", "name", "groups"),
    [
        ((("commonName", "anna"),), "anna", ()),
        ((("organizationName", "a"), ("organizationName", "b"), ("commonName", "anna")), "anna", ("a", "b")),
        ((("organizationName", "a"),), None, ()),
        ((("commonName", "anna"), ("commonName", "bert")), None, ()),
        ((("commonName", ""),), None, ()),
    ],
)
def test_a_certificate_names_a_user_and_groups(
    subject: tuple[tuple[str, str], ...], name: str | None, groups: tuple[str, ...]
) -> None:
    caller = caller_of({"subject": tuple((pair,) for pair in subject)})
    assert (caller.user if caller else None) == name
    assert caller is None or caller.groups == (*groups, "system:authenticated")
    assert caller_of(None) is caller_of({}) is None
