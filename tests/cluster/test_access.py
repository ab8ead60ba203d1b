"""The auth filter on a real API server: its tokens, its RBAC, its words."""

import json
import ssl
from functools import partial
from pathlib import Path

import pytest

from exporter.kube.objects import Resource
from exporter.reviews.documents import RIGHTS, TOKENS
from tests.cluster.conftest import StartProgram
from tests.cluster.program import Answer, Program
from tests.cluster.workflows import workflow
from tests.controlplane import accounts
from tests.controlplane.accounts import ServiceAccount
from tests.controlplane.admin import Admin, Refused
from tests.controlplane.argo import WORKFLOWS
from tests.controlplane.cluster import Cluster
from tests.controlplane.waiting import wait_for

FLAGS = ("--auth-filter", "--auth.allow-ttl=1s", "--auth.deny-ttl=1s")


@pytest.fixture
def exporter(control_plane: Cluster, namespace: str) -> ServiceAccount:
    """The account of the program: it may read workflows, and as yet create no review."""
    control_plane.admin.create(WORKFLOWS, workflow(namespace, "one", phase="Running"))
    account = accounts.create_service_account(control_plane.admin, namespace)
    accounts.grant(control_plane.admin, account, WORKFLOWS)
    return account


@pytest.fixture
def kubeconfig(control_plane: Cluster, exporter: ServiceAccount) -> Path:
    return control_plane.kubeconfig(token=accounts.issue_token(control_plane.admin, exporter))


def grant_reviews(control_plane: Cluster, exporter: ServiceAccount, *reviews: Resource) -> None:
    for review in reviews:
        accounts.grant(control_plane.admin, exporter, review, ["create"])


def ready(program: Program) -> bool:
    return program.readiness()[0] == 200


def ask(program: Program, path: str, token: str) -> Answer:
    return program.get(path, Authorization=f"Bearer {token}")


def test_a_caller_reads_what_rbac_lets_it_read_and_in_the_api_servers_words(
    control_plane: Cluster, exporter: ServiceAccount, kubeconfig: Path, start_program: StartProgram
) -> None:
    admin, here = control_plane.admin, exporter.namespace
    grant_reviews(control_plane, exporter, TOKENS, RIGHTS)
    program = start_program(kubeconfig, *FLAGS)
    wait_for(partial(ready, program), "the program to be ready")
    caller = accounts.create_service_account(admin, here, "caller")
    token = accounts.issue_token(admin, caller)
    one, every, all_of_them = WORKFLOWS.path(here, "one"), WORKFLOWS.path(here), WORKFLOWS.path()
    assert program.get(one).code == 401
    assert ask(program, one, "nobody-knows-this").code == 401
    refused = ask(program, one, token)
    assert refused.code == 403
    context = ssl.create_default_context(cafile=control_plane.ca_file)
    with Admin(control_plane.url, context, token) as directly, pytest.raises(Refused) as theirs:
        directly.send("GET", one)
    assert json.loads(refused.body) == json.loads(theirs.value.body)
    accounts.grant(admin, caller, WORKFLOWS, ["get", "list"], here)
    wait_for(lambda: ask(program, one, token).code == 200, "the new right to be noticed")
    assert json.loads(ask(program, one, token).body)["metadata"]["name"] == "one"
    assert len(json.loads(ask(program, every, token).body)["items"]) == 1
    assert ask(program, all_of_them, token).code == 403
    assert ask(program, "/metrics", token).code == 403
    assert ask(program, "/apis", token).code == 200  # system:discovery, as on the API server


@pytest.mark.parametrize(("given", "missing"), [(RIGHTS, TOKENS), (TOKENS, RIGHTS)], ids=["tokens", "rights"])
def test_a_right_that_the_filter_lacks_is_named_and_nobody_is_let_in(  # noqa: PLR0917 - fixtures
    control_plane: Cluster,
    exporter: ServiceAccount,
    kubeconfig: Path,
    start_program: StartProgram,
    given: Resource,
    missing: Resource,
) -> None:
    grant_reviews(control_plane, exporter, given)
    program = start_program(kubeconfig, *FLAGS)
    caller = accounts.create_service_account(control_plane.admin, exporter.namespace, "caller")
    token = accounts.issue_token(control_plane.admin, caller)
    wait_for(partial(ready, program), "the program to be ready")
    answer = ask(program, WORKFLOWS.path(), token)
    assert (answer.code, answer.headers["Retry-After"]) == (503, "5")
    assert program.readiness()[0] == 503
    told = [line for line in program.lines() if "a right is missing" in line]
    assert len(told) == 1
    assert f"create={missing.name}" in told[0]
