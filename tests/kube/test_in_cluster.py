"""The service account of a pod: its token and authority are read, and read again when they are swapped."""

from pathlib import Path

import pytest
import trustme

from exporter.kube.auth import Credentials, InCluster
from exporter.kube.errors import Misconfigured

ENVIRON = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}


def mounted(folder: Path, token: str = "t1\n") -> Path:
    """Lay a volume out as the kubelet does: links to a folder that is swapped as a whole."""
    first = folder / "..1"
    first.mkdir()
    (first / "token").write_text(token)
    (first / "ca.crt").write_bytes(trustme.CA().cert_pem.bytes())
    (folder / "..data").symlink_to(first)
    for name in ("token", "ca.crt"):
        (folder / name).symlink_to(f"..data/{name}")
    return folder


def swap(folder: Path, token: str) -> None:
    second = folder / "..2"
    second.mkdir()
    (second / "token").write_text(token)
    (second / "ca.crt").write_bytes(trustme.CA().cert_pem.bytes())
    (folder / "..new").symlink_to(second)
    (folder / "..new").rename(folder / "..data")


def in_cluster(folder: Path, environ: dict[str, str] | None = None) -> InCluster:
    return InCluster(str(folder), environ=ENVIRON if environ is None else environ)


async def test_the_token_and_the_server_are_taken(tmp_path: Path) -> None:
    access = (await in_cluster(mounted(tmp_path)).load()).access
    assert access.server == "https://10.0.0.1:443"
    assert access.headers == (("Authorization", "Bearer t1"),)
    assert access.tls is not None
    assert access.source == f"service account {tmp_path}"


async def test_a_server_on_ipv6_is_written_in_brackets(tmp_path: Path) -> None:
    environ = ENVIRON | {"KUBERNETES_SERVICE_HOST": "fd00::1"}
    assert (await in_cluster(mounted(tmp_path), environ).load()).access.server == "https://[fd00::1]:443"


async def test_a_proxy_of_the_environment_is_not_used_for_the_networks_it_leaves_out(tmp_path: Path) -> None:
    environ = ENVIRON | {"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": ".svc,10.0.0.0/8"}
    assert (await in_cluster(mounted(tmp_path), environ).load()).access.proxy is None


async def test_a_swapped_volume_is_read_again(tmp_path: Path) -> None:
    now = [0.0]
    credentials = Credentials(in_cluster(mounted(tmp_path)), clock=lambda: now[0])
    before = await credentials.current()
    swap(tmp_path, "t2")
    now[0] += 10
    after = await credentials.current()
    assert after.headers == (("Authorization", "Bearer t2"),)
    assert after.tls is not before.tls


async def test_after_a_401_the_token_is_read_at_once(tmp_path: Path) -> None:
    credentials = Credentials(in_cluster(mounted(tmp_path)), clock=lambda: 0.0)
    await credentials.current()
    swap(tmp_path, "t2")
    await credentials.refresh()
    assert (await credentials.current()).headers == (("Authorization", "Bearer t2"),)


@pytest.mark.parametrize(
    ("token", "environ", "says"),
    [
        ("", ENVIRON, "empty"),
        ("\n", ENVIRON, "the token is empty"),
        ("a\0b", ENVIRON, "no header may hold"),
        ("t", {}, "not set"),
        ("t", {"KUBERNETES_SERVICE_HOST": "", "KUBERNETES_SERVICE_PORT": ""}, "empty"),
    ],
)
async def test_what_is_missing_is_one_clear_line(
    tmp_path: Path, token: str, environ: dict[str, str], says: str
) -> None:
    with pytest.raises(Misconfigured, match=f"^service account {tmp_path}: .*{says}"):
        await in_cluster(mounted(tmp_path, token), environ).load()


async def test_missing_and_unreadable_files_are_clear_lines(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="token file does not exist"):
        await in_cluster(tmp_path).load()
    mounted(tmp_path)
    (tmp_path / "..1" / "ca.crt").write_text("not a certificate")
    with pytest.raises(Misconfigured, match="certificate authority cannot be used"):
        await in_cluster(tmp_path).load()
    (tmp_path / "..1" / "token").write_bytes(b"\xff")
    with pytest.raises(Misconfigured, match="not text"):
        await in_cluster(tmp_path).load()
