"""The chart: what Helm makes of it, and whether a real API server takes it and a real exporter works with it."""

import copy
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import chart
from exporter import config, rbac, webconfig
from tests.cluster.conftest import StartProgram, start_program
from tests.cluster.workflows import workflow
from tests.controlplane import accounts
from tests.controlplane.accounts import CLUSTER_ROLE_BINDINGS, CLUSTER_ROLES
from tests.controlplane.admin import Refused
from tests.controlplane.argo import WORKFLOWS
from tests.controlplane.cluster import Cluster
from tests.controlplane.waiting import wait_for
from tests.kubectl.programs import Missing, find, find_helm

__all__ = ["start_program"]

EVERYTHING = {
    "replicas": 2,
    "imagePullSecrets": [{"name": "pull"}],
    "fullnameOverride": "wf",
    "commonLabels": {"team": "platform"},
    "namespaces": ["default", "kube-system"],
    "labelSelector": "team=a",
    "authFilter": {"enabled": True, "metricsReaders": [{"kind": "ServiceAccount", "name": "p", "namespace": "m"}]},
    "config": {"metrics.max-groups": 500},
    "tls": {"secretName": "certificate"},
    "extraArgs": ["--log.level=debug"],
    "extraEnv": [{"name": "A", "value": "b"}],
    "serviceAccount": {"create": True, "name": "reader", "annotations": {"a": "b"}},
    "podAnnotations": {"a": "b"},
    "podLabels": {"c": "d"},
    "priorityClassName": "",
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [{"operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
    "topologySpreadConstraints": [
        {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": {}}
    ],
    "extraVolumes": [{"name": "x", "emptyDir": {}}],
    "extraVolumeMounts": [{"name": "x", "mountPath": "/x"}],
    "service": {"type": "NodePort", "port": 80, "annotations": {"a": "b"}},
    "serviceMonitor": {"enabled": True, "labels": {"release": "m"}, "endpoint": {"bearerTokenFile": "/t"}},
    "podMonitor": {"enabled": True, "labels": {"release": "m"}},
    "prometheusRule": {"enabled": True, "labels": {"release": "m"}},
    "dashboards": {"enabled": True, "annotations": {"folder": "Argo"}},
    "networkPolicy": {"enabled": True, "from": [{"namespaceSelector": {}}]},
    "podDisruptionBudget": {"enabled": True},
}
VARIANTS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "everything": EVERYTHING,
    "state": {"state": {"enabled": True, "storageClass": "fast"}},
    "claimed": {"state": {"enabled": True, "existingClaim": "mine"}},
    "foreign-account": {"serviceAccount": {"create": False, "name": "mine"}, "rbac": {"create": False}},
    "workflows-alone": {
        "namespaces": ["default"],
        "collectors": {"cronworkflows": False, "workflowtemplates": False, "clusterworkflowtemplates": False},
    },
}
MONITORING = {"ServiceMonitor": "servicemonitors", "PodMonitor": "podmonitors", "PrometheusRule": "prometheusrules"}


@pytest.fixture(scope="session")
def helm() -> str:
    try:
        return str(find_helm(lambda _: None))
    except Missing as missing:
        if os.environ.get("REQUIRE_KUBECTL") == "1":
            pytest.fail(f"REQUIRE_KUBECTL=1, but {missing}")
        pytest.skip(str(missing))


def rendered(helm: str, folder: Path, values: dict[str, Any]) -> list[dict[str, Any]]:
    path = folder / "values.yaml"
    path.write_text(json.dumps(values))
    return chart.rendered(helm, f"--values={path}")


def one(objects: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    (found,) = [each for each in objects if each["kind"] == kind]
    return found


def settings_in(objects: list[dict[str, Any]], folder: Path) -> config.Settings:
    """The settings of the pod, as the program reads them."""
    maps = [each for each in objects if each["kind"] == "ConfigMap" and "config.yaml" in each["data"]]
    path = folder / "config.yaml"
    path.write_text(maps[0]["data"]["config.yaml"])
    return config.load({"config.file": [str(path)]}, {})


def test_what_is_made_from_other_files_is_current() -> None:
    for path, text in chart.made().items():
        assert path.read_text() == text, f"{path.name} is old: make chart"


def test_the_manifests_are_the_chart_with_its_defaults(helm: str) -> None:
    assert chart.manifests(helm) == chart.MANIFESTS.read_text(), "make chart"


def test_helm_has_nothing_against_it(helm: str) -> None:
    done = subprocess.run([helm, "lint", "--strict", str(chart.CHART)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_kustomize_gives_the_same_objects_as_helm(helm: str) -> None:
    kubectl = str(find(lambda _: None)["1.37"])
    command = [kubectl, "kustomize", str(chart.MANIFESTS.parent)]
    found = list(yaml.safe_load_all(subprocess.run(command, capture_output=True, check=True).stdout))
    wanted = chart.rendered(helm)
    for each in wanted:
        for labels in chart._label_maps(each):
            del labels["helm.sh/chart"], labels["app.kubernetes.io/managed-by"]
    assert len(found) == len(wanted)
    by_name = [{(each["kind"], each["metadata"]["name"]): each for each in objects} for objects in (found, wanted)]
    assert by_name[0] == by_name[1]


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"replica": 2}, "replica"),
        ({"replicas": "two"}, "replicas"),
        ({"authFilter": {"enable": True}}, "enable"),
        ({"state": {"enabled": True}, "replicas": 2}, "one replica alone"),
        ({"serviceAccount": {"create": False}}, "serviceAccount.name is needed"),
    ],
)
def test_values_that_make_no_sense_are_refused(
    helm: str, tmp_path: Path, values: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        rendered(helm, tmp_path, values)
    assert complaint in refused.value.stderr


@pytest.mark.parametrize("variant", [name for name in VARIANTS if name != "foreign-account"])
def test_the_rights_are_those_that_the_program_prints(helm: str, tmp_path: Path, variant: str) -> None:
    objects = rendered(helm, tmp_path, VARIANTS[variant])
    printed = rbac.documents(settings_in(objects, tmp_path))
    given = [
        (each["kind"], each["metadata"].get("namespace"), each["rules"])
        for each in objects
        if each["kind"] in {"Role", "ClusterRole"} and not each["metadata"]["name"].endswith("-metrics-reader")
    ]
    wanted = [(each["kind"], each["metadata"].get("namespace"), each["rules"]) for each in printed if "rules" in each]
    assert sorted(map(repr, given)) == sorted(map(repr, wanted))


def test_lookups_are_on_with_the_filter_alone(helm: str, tmp_path: Path) -> None:
    plain = settings_in(rendered(helm, tmp_path, {}), tmp_path)
    assert (plain.lookup, plain.auth_filter) == (False, False)
    guarded = settings_in(rendered(helm, tmp_path, {"authFilter": {"enabled": True}}), tmp_path)
    assert (guarded.lookup, guarded.auth_filter) == (True, True)


def test_with_a_certificate_everything_that_asks_speaks_tls(helm: str, tmp_path: Path) -> None:
    objects = rendered(helm, tmp_path, EVERYTHING)
    assert settings_in(objects, tmp_path).web_config_file == "/etc/informer-exporter/web.yaml"
    written = next(each["data"]["web.yaml"] for each in objects if "web.yaml" in each.get("data", {}))
    tls = webconfig.form.read(written.encode()).tls_server_config
    assert tls is not None
    pod = one(objects, "Deployment")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    (mounted,) = [each["mountPath"] for each in container["volumeMounts"] if each["name"] == "tls"]
    assert {str(Path(tls.cert_file).parent), str(Path(tls.key_file).parent)} == {mounted}
    assert {container[probe]["httpGet"]["scheme"] for probe in ("livenessProbe", "readinessProbe")} == {"HTTPS"}
    assert one(objects, "ServiceMonitor")["spec"]["endpoints"][0]["scheme"] == "https"
    assert one(objects, "PodMonitor")["spec"]["podMetricsEndpoints"][0]["scheme"] == "https"


def test_the_pod_may_do_nothing_that_it_need_not(helm: str) -> None:
    pod = one(chart.rendered(helm), "Deployment")["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 65534
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["livenessProbe"]["httpGet"] == {"path": "/livez", "port": "http"}
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}


def test_the_rules_and_dashboards_are_those_of_the_repository(helm: str, tmp_path: Path) -> None:
    objects = rendered(helm, tmp_path, EVERYTHING)
    source = yaml.safe_load((chart.HERE / "prometheus" / "informer-exporter.rules.yaml").read_text())
    assert one(objects, "PrometheusRule")["spec"] == source
    shown = [each["data"] for each in objects if each["metadata"]["labels"].get("grafana_dashboard") == "1"]
    read = {name: json.loads(text) for data in shown for name, text in data.items()}
    assert read == {path.name: json.loads(path.read_text()) for path in chart.COPIED if path.suffix == ".json"}


def test_every_variant_is_of_values_that_there_are() -> None:
    told = {value.path[0] for value in chart.values()}
    assert {name for values in VARIANTS.values() for name in values} <= told
    assert {"image", "resources", "livenessProbe"} <= told


@pytest.fixture
def cluster(control_plane: Cluster) -> Cluster:
    """One that knows the kinds of the Prometheus operator, as far as that goes without it."""
    resource = chart_crds()
    for plural, crd in resource.items():
        path = f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{plural}.monitoring.coreos.com"
        body = json.dumps(crd).encode()
        control_plane.admin.send("PATCH", f"{path}?fieldManager=test&force=true", json.loads(body), APPLY)
    wait_for(lambda: served(control_plane), "the kinds of the operator to be served")
    return control_plane


APPLY = "application/apply-patch+yaml"


def served(cluster: Cluster) -> bool:
    try:
        found = json.loads(cluster.admin.send("GET", "/apis/monitoring.coreos.com/v1"))
    except Refused:  # not even the group is known yet
        return False
    return set(MONITORING.values()) <= {each["name"] for each in found["resources"]}


def chart_crds() -> dict[str, dict[str, Any]]:
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        plural: {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": f"{plural}.monitoring.coreos.com"},
            "spec": {
                "group": "monitoring.coreos.com",
                "scope": "Namespaced",
                "names": {"plural": plural, "kind": kind, "singular": kind.lower(), "listKind": f"{kind}List"},
                "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
            },
        }
        for kind, plural in MONITORING.items()
    }


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_real_api_server_takes_every_object(
    helm: str, tmp_path: Path, cluster: Cluster, namespace: str, variant: str
) -> None:
    objects = rendered(helm, tmp_path, VARIANTS[variant])
    text = yaml.safe_dump_all(objects).replace("namespace: informer-exporter", f"namespace: {namespace}")
    path = tmp_path / "objects.yaml"
    path.write_text(text)
    kubectl = str(find(lambda _: None)["1.37"])
    command = [kubectl, f"--kubeconfig={cluster.kubeconfig()}", "apply", "--dry-run=server", "--validate=strict"]
    done = subprocess.run([*command, f"--filename={path}"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("(server dry run)") == len(objects)


def test_the_program_works_with_the_account_and_the_settings_of_the_chart(
    helm: str, tmp_path: Path, control_plane: Cluster, namespace: str, start_program: StartProgram
) -> None:
    admin = control_plane.admin
    objects = rendered(helm, tmp_path, {"authFilter": {"enabled": True}, "fullnameOverride": namespace})
    settings_in(objects, tmp_path)
    admin.create(WORKFLOWS, workflow(namespace, "one", phase="Running"))
    account = accounts.create_service_account(admin, namespace, namespace)
    resources = {"ClusterRole": CLUSTER_ROLES, "ClusterRoleBinding": CLUSTER_ROLE_BINDINGS}
    for each in objects:
        if each["kind"] in resources:
            bound = copy.deepcopy(each)
            for subject in bound.get("subjects", []):
                assert subject["name"] == namespace
                subject["namespace"] = namespace
            admin.create(resources[each["kind"]], bound)
    kubeconfig = control_plane.kubeconfig(token=accounts.issue_token(admin, account))
    flags = (f"--config.file={tmp_path / 'config.yaml'}", "--web.listen-address=127.0.0.1:0")
    program = start_program(kubeconfig, *flags)
    path = WORKFLOWS.path(namespace, "one")
    token = f"Bearer {control_plane.admin_token}"
    wait_for(lambda: program.get(path, Authorization=token).code == 200, "the workflow to be shown")
    assert program.get(path).code == 401
    assert not [line for line in program.lines() if "forbidden" in line.lower()]
