"""Kubeconfigs: what is taken from them, and what is said when they are wrong."""

import base64
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from exporter.kube.auth import Access, Kubeconfig, find_credentials, kubeconfig
from exporter.kube.errors import Misconfigured, NoCredentials
from tests.kube.kubeconfigs import SERVER, document, source, write

SECRET = "very-secret-token"


async def access_of(path: Path, environ: dict[str, str] | None = None) -> Access:
    return (await source(path, environ).load()).access


async def complaint_about(path: Path) -> str:
    with pytest.raises(Misconfigured) as caught:
        await source(path).load()
    message = str(caught.value)
    assert SECRET not in f"{message} {caught.value!r} {caught.value.__cause__!r}"
    assert str(path) in message
    assert "\n" not in message
    return message


async def test_a_token_and_the_server_are_taken(tmp_path: Path) -> None:
    access = await access_of(write(tmp_path, {"token": f"{SECRET}\n"}, server=f"{SERVER}/prefix/"))
    assert access.server == f"{SERVER}/prefix"
    assert access.headers == (("Authorization", f"Bearer {SECRET}"),)
    assert access.tls is not None
    assert access.compression
    assert access.source == f"kubeconfig {tmp_path}/config, context dev"
    assert SECRET not in repr(access)


async def test_a_user_and_password_are_taken(tmp_path: Path) -> None:
    access = await access_of(write(tmp_path, {"username": "me", "password": "pw"}))
    assert access.headers == (("Authorization", "Basic " + base64.b64encode(b"me:pw").decode()),)


async def test_a_token_file_is_read_as_it_is_and_wins_over_a_token(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("dG9rZW4=\n")
    access = await access_of(write(tmp_path, {"tokenFile": "token", "token": "older"}))
    assert access.headers == (("Authorization", "Bearer dG9rZW4="),)


async def test_impersonation_is_asked_for(tmp_path: Path) -> None:
    user = {"token": "t", "as": "jane", "as-uid": "7", "as-groups": ["a", "b"], "as-user-extra": {"why": ["x"]}}
    access = await access_of(write(tmp_path, user))
    assert access.headers[1:] == (
        ("Impersonate-User", "jane"),
        ("Impersonate-Uid", "7"),
        ("Impersonate-Group", "a"),
        ("Impersonate-Group", "b"),
        ("Impersonate-Extra-why", "x"),
    )


async def test_nothing_secret_is_said_over_plain_http(tmp_path: Path) -> None:
    access = await access_of(write(tmp_path, {"token": SECRET, "as": "jane"}, server="http://192.0.2.1"))
    assert access.headers == ()
    assert access.tls is None


async def test_a_server_without_a_scheme_is_plain_http(tmp_path: Path) -> None:
    assert (await access_of(write(tmp_path, server="localhost:8080"))).server == "http://localhost:8080"


async def test_compression_is_off_over_loopback_and_where_the_cluster_says_so(tmp_path: Path) -> None:
    assert not (await access_of(write(tmp_path, server="https://127.0.0.1:6443"))).compression
    assert not (await access_of(write(tmp_path, disable_compression=True))).compression


async def test_the_tls_settings_of_the_cluster_are_taken(tmp_path: Path) -> None:
    access = await access_of(write(tmp_path, tls_server_name="inside", proxy_url="http://proxy:3128"))
    assert (access.server_hostname, access.proxy) == ("inside", "http://proxy:3128")
    unchecked = await access_of(write(tmp_path, insecure_skip_tls_verify=True))
    assert unchecked.tls is not None
    assert not unchecked.tls.check_hostname


async def test_the_proxy_of_the_environment_serves_where_the_file_names_none(tmp_path: Path) -> None:
    path = write(tmp_path)
    assert (await access_of(path, {"HTTPS_PROXY": "http://p:1"})).proxy == "http://p:1"
    assert (await access_of(path, {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "192.0.2.0/24"})).proxy is None


async def test_users_may_be_null_where_the_context_names_none(tmp_path: Path) -> None:
    content = document()
    content["users"] = None
    del content["contexts"][0]["context"]["user"]
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(content))
    assert (await access_of(path)).headers == ()


async def test_embedded_key_material_leaves_nothing_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    authority = trustme.CA()
    leaf = authority.issue_cert("me@example.com", common_name="me")
    encoded = {
        "client-certificate-data": base64.b64encode(leaf.cert_chain_pems[0].bytes()).decode(),
        "client-key-data": base64.b64encode(leaf.private_key_pem.bytes()).decode(),
    }
    data = base64.b64encode(authority.cert_pem.bytes()).decode()
    path = write(tmp_path, encoded, certificate_authority_data=data)
    for _ in range(2):
        access = await access_of(path)
    assert access.tls is not None
    assert access.tls.cert_store_stats()["x509_ca"] == 1
    assert list(scratch.iterdir()) == []


async def test_paths_are_relative_to_the_file_that_names_them(tmp_path: Path) -> None:
    authority = trustme.CA()
    (tmp_path / "a").mkdir()
    authority.cert_pem.write_to_path(str(tmp_path / "a" / "ca.pem"))
    path = write(tmp_path / "a", certificate_authority="ca.pem")
    assert (await access_of(path)).tls is not None


async def test_of_several_files_the_first_to_name_something_wins(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    first = document({"token": "first"})
    second = document({"token": "second"}, server="https://192.0.2.2")
    second["current-context"] = "other"
    second["contexts"].append({"name": "other", "context": {"cluster": "here", "user": "else"}})
    second["users"].append({"name": "else", "user": {"token": "else"}})
    one.write_text(yaml.safe_dump(first))
    two.write_text(yaml.safe_dump(second))
    paths = (str(one), str(two))
    plain = (await Kubeconfig(paths, environ={}).load()).access
    assert (plain.server, plain.headers) == (SERVER, (("Authorization", "Bearer first"),))
    other = (await Kubeconfig(paths, "other", environ={}).load()).access
    assert (other.server, other.headers) == (SERVER, (("Authorization", "Bearer else"),))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no current-context"),
        ("null", "no current-context"),
        ("just text", "Expected `object`"),
        ("- a\n- b", "Expected `object`"),
        (f"users:\n- name: me\n  user: {{token: {SECRET}", "not YAML, line 3"),
        (f"\ttoken: {SECRET}", "not YAML, line 1"),
        ("when: 2024-99-99", "not YAML"),
        ("&a [*a", "not YAML"),
        ("clusters: {}", "Expected `array | null`"),
        ("users: [{user: {}}]", "missing required field `name`"),
        ("users: [{name: me, user: {token: 12345}}]", "$.users[0].user.token"),
        ("current-context: gone", "there is no context gone"),
        ("current-context: a\ncontexts: [{name: a}]", "names no cluster"),
        ("current-context: a\ncontexts: [{name: a, context: {cluster: c}}]", "there is no cluster c"),
        (
            "current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\nclusters: [{name: c}]",
            "there is no user u",
        ),
        (
            "current-context: a\ncontexts: [{name: a, context: {cluster: c}}]\nclusters: [{name: c}]",
            "names no server",
        ),
    ],
)
async def test_a_mistake_in_the_file_is_one_clear_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "config"
    path.write_text(text)
    assert says in await complaint_about(path)


@pytest.mark.parametrize(
    ("user", "cluster", "says"),
    [
        ({"token": f"{SECRET}\nX: y"}, {}, "no header may hold"),
        ({"token": f"{SECRET}é"}, {}, "no header may hold"),
        ({"token": " "}, {}, "the token is empty"),
        ({"tokenFile": "gone"}, {}, "No such file"),
        ({"tokenFile": "a\0b"}, {}, "tokenFile cannot be a path"),
        ({"as": "a\r\nb"}, {}, "no header may hold"),
        ({"client-certificate": "gone.pem", "client-key": "gone.key"}, {}, "gone.pem"),
        ({"client-certificate": "a\0b", "client-key": "a\0b"}, {}, "a\0b"),
        ({"client-certificate-data": "!", "client-key-data": "!"}, {}, "not base64"),
        ({"client-certificate-data": "Zm9v", "client-key-data": "Zm9v"}, {}, "client certificate cannot be used"),
        ({"client-key-data": "Zm9v"}, {}, "needs its key"),
        ({"exec": {"command": "a\0b", "apiVersion": "v1"}}, {}, "cannot be run"),
        (
            {"exec": {"command": "true", "apiVersion": "v1", "provideClusterInfo": True}},
            {"certificate_authority": "a\0b"},
            "certificate-authority cannot be a path",
        ),
        ({"auth-provider": {"name": "azure"}}, {}, "auth-provider is not known"),
        ({"auth-provider": {"name": "oidc", "config": {"id-token": SECRET}}}, {}, "cannot be used (ValueError)"),
        ({}, {"certificate_authority": "gone.pem"}, "gone.pem"),
        ({}, {"certificate_authority": "a\0b"}, "a\0b"),
        ({}, {"certificate_authority_data": "Zm9v"}, "certificate authority cannot be used"),
        ({}, {"server": f"https://me:{SECRET}@host"}, "must not carry"),
        ({}, {"server": "ftp://host"}, "must look like"),
        ({}, {"server": "https://"}, "must look like"),
        ({}, {"server": "https://host:port"}, "not a URL"),
        ({}, {"server": "https://[::1"}, "not a URL"),
        ({}, {"proxy_url": f"socks5://me:{SECRET}@host"}, "proxy's address must look like"),
        ({}, {"proxy_url": f"http://me:{SECRET}@host:x"}, "proxy's address is not a URL"),
    ],
)
async def test_what_cannot_be_used_is_one_clear_line(
    tmp_path: Path, user: dict[str, Any], cluster: dict[str, Any], says: str
) -> None:
    assert says in await complaint_about(write(tmp_path, user, **cluster))


async def test_a_directory_and_the_null_device_and_a_missing_file_are_clear_lines(tmp_path: Path) -> None:
    assert "Is a directory" in await complaint_about(tmp_path)
    assert "no current-context" in await complaint_about(Path("/dev/null"))
    assert "No such file" in await complaint_about(tmp_path / "gone")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    assert "not UTF-8" in await complaint_about(tmp_path / "binary")


async def test_a_file_without_an_end_is_not_read_to_its_end() -> None:
    assert "larger than" in await complaint_about(Path("/dev/zero"))


async def test_a_key_that_wants_a_password_is_not_asked_about(tmp_path: Path) -> None:
    leaf = trustme.CA().issue_cert("me@example.com")
    leaf.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    (tmp_path / "key.pem").write_text(
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,"
        "00112233445566778899AABBCCDDEEFF\n\n" + base64.b64encode(os.urandom(48)).decode() + "\n"
        "-----END RSA PRIVATE KEY-----\n"
    )
    path = write(tmp_path, {"client-certificate": "cert.pem", "client-key": "key.pem"})
    assert "client certificate cannot be used" in await complaint_about(path)


def usual(home: Path) -> Path:
    (home / ".kube").mkdir()
    return write(home / ".kube", {"token": "usual"})


async def token_found(path: str | None, environ: dict[str, str]) -> str:
    access = await find_credentials(path, environ=environ).current()
    return access.headers[0][1]


async def test_the_file_that_is_named_wins_over_the_environment_and_that_over_the_usual_place(tmp_path: Path) -> None:
    home = {"HOME": str(tmp_path)}
    usual(tmp_path)
    (tmp_path / "named").mkdir()
    (tmp_path / "environment").mkdir()
    named = write(tmp_path / "named", {"token": "named"})
    environment = write(tmp_path / "environment", {"token": "environment"})
    setting = home | {"KUBECONFIG": f"{tmp_path}/gone:{environment}"}
    assert await token_found(str(named), setting) == "Bearer named"
    assert await token_found("~/named/config", setting) == "Bearer named"
    assert await token_found(None, setting) == "Bearer environment"
    assert await token_found(None, home) == "Bearer usual"


def test_without_any_credentials_it_says_what_was_looked_for(tmp_path: Path) -> None:
    looked_for = r"KUBECONFIG is not set, .*/\.kube/config does not exist, and .* not a pod"
    with pytest.raises(NoCredentials, match=looked_for):
        find_credentials("", environ={"HOME": str(tmp_path)})


@pytest.mark.parametrize("named", ["/gone", "/gone:/lost", "x" * 300])
def test_credentials_that_are_named_and_not_there_are_a_mistake(tmp_path: Path, named: str) -> None:
    home = {"HOME": str(tmp_path)}
    with pytest.raises(Misconfigured, match=f"KUBECONFIG names no file that exists: {named}") as refused:
        find_credentials(environ=home | {"KUBECONFIG": named})
    assert not isinstance(refused.value, NoCredentials)
    with pytest.raises(Misconfigured, match="the context dev not found") as refused:
        find_credentials(context="dev", environ=home | {"KUBERNETES_SERVICE_HOST": "10.0.0.1"})
    assert not isinstance(refused.value, NoCredentials)


def test_a_home_where_nobody_may_look_is_passed_over() -> None:
    with pytest.raises(NoCredentials):
        find_credentials(environ={"HOME": "/" + "x" * 300})


async def test_the_limit_of_a_file_counts_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubeconfig, "SIZE_LIMIT", 1000)
    (tmp_path / "config").write_text("# " + "\N{GREEK SMALL LETTER ALPHA}" * 900)
    assert "is larger than 1000 bytes" in await complaint_about(tmp_path / "config")
