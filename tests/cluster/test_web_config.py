"""TLS on a real API server's exporter: kubectl with a token, an own certificate, a new one while it runs."""

import http.client
import json
import signal
import ssl
import subprocess
from pathlib import Path

import pytest
import trustme

from tests.cluster.conftest import StartProgram
from tests.cluster.program import Program
from tests.cluster.workflows import workflow
from tests.controlplane.argo import WORKFLOWS
from tests.controlplane.cluster import Cluster
from tests.controlplane.waiting import wait_for
from tests.kubectl.programs import Missing, find


def certify(authority: trustme.CA, folder: Path) -> None:
    certificate = authority.issue_cert("127.0.0.1")
    (folder / "tls.key").write_bytes(certificate.private_key_pem.bytes())
    (folder / "tls.crt").write_bytes(b"".join(one.bytes() for one in certificate.cert_chain_pems))


def get(program: Program, path: str, context: ssl.SSLContext, method: str = "GET", **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPSConnection(*program.address, timeout=30, context=context)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "web.yaml").write_text("tls_server_config: {cert_file: tls.crt, key_file: tls.key}")
    return tmp_path


def test_kubectl_reads_over_tls_with_a_token_and_certificates_change_meanwhile(
    control_plane: Cluster, namespace: str, folder: Path, start_program: StartProgram
) -> None:
    control_plane.admin.create(WORKFLOWS, workflow(namespace, "one", phase="Running"))
    authority = trustme.CA()
    certify(authority, folder)
    authority.cert_pem.write_to_path(str(folder / "ca.crt"))
    flags = ("--auth-filter", f"--web.config.file={folder / 'web.yaml'}", "--web.enable-lifecycle")
    program = start_program(control_plane.kubeconfig(), *flags)
    context = ssl.create_default_context(cafile=folder / "ca.crt")
    wait_for(lambda: get(program, "/readyz", context)[0] == 200, "the program to be ready")
    token = control_plane.admin_token
    bearer = {"Authorization": f"Bearer {token}"}
    assert get(program, "/metrics", context)[0] == 401
    assert get(program, "/metrics", context, **bearer)[0] == 200
    try:
        kubectl = find(lambda _: None)["1.37"]
    except Missing as missing:
        pytest.skip(str(missing))
    server = "https://{}:{}".format(*program.address)
    asked = [str(kubectl), f"--server={server}", f"--certificate-authority={folder / 'ca.crt'}", f"--token={token}"]
    command = [*asked, "--kubeconfig=/dev/null", f"--namespace={namespace}", "get", "workflows", "--output=json"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    assert [one["metadata"]["name"] for one in found["items"]] == ["one"]

    other = trustme.CA()
    certify(other, folder)
    other.cert_pem.write_to_path(str(folder / "ca.crt"))
    assert get(program, "/-/reload", context, "POST")[0] == 401
    assert get(program, "/-/reload", context, "POST", **bearer)[0] == 200
    renewed = ssl.create_default_context(cafile=folder / "ca.crt")
    assert get(program, "/metrics", renewed, **bearer)[0] == 200
    with pytest.raises(ssl.SSLCertVerificationError):
        get(program, "/metrics", context, **bearer)

    (folder / "tls.key").write_text("nonsense")
    code, why = get(program, "/-/reload", renewed, "POST", **bearer)
    assert (code, b"tls.key" in why) == (500, True)
    scrape = get(program, "/metrics", renewed, **bearer)[1]
    assert b"\ninformer_exporter_config_last_reload_successful 0\n" in scrape
    certify(other, folder)
    program.send(signal.SIGHUP)
    wait_for(
        lambda: b"_last_reload_successful 1\n" in get(program, "/metrics", renewed, **bearer)[1],
        "the new key to be used",
    )
