"""The workflow templates of a made-up cluster: each is drawn from a seed, and no two are worded alike."""

from random import Random
from typing import Any, Literal

import msgspec

_VERBS = """
    archive audit backfill clean collect compact compare dedupe enrich export extract fetch group import index join
    load measure merge notify pack parse publish purge rank reconcile render replay resolve sample scan score settle
    sign snapshot sort split stage tokenize train transcode validate verify warm
"""
_NOUNS = """
    accounts adverts alerts balances baskets bookings carriers catalog claims clicks contracts coupons customers
    devices events features feeds forecasts frames grants images inventory invoices journeys labels ledgers leads
    listings logs meters orders parcels payments players prices quotes ratings refunds reports routes rules sensors
    sessions shifts signals stores surveys tariffs taxes tickets tiles trades trips users vectors visits vouchers
"""
VERBS = tuple(_VERBS.split())
NOUNS = tuple(_NOUNS.split())
REGIONS = ("ap-south-1", "eu-central-1", "eu-west-1", "sa-east-1", "us-east-1", "us-west-2")

_SHELL = (
    'aws s3 sync --only-show-errors "s3://{noun}-{region}/$({verb}_prefix)/" /data/{noun}',
    'curl -fsS --retry {digit} "https://{noun}.internal/v{digit}/{verb}?limit={number}&dry=false" >/data/{noun}.json',
    'echo "{verb} {noun}: $(wc -l </data/{noun}.csv) rows, threshold {number}"',
    "find /data/{noun} -name '*.{noun}' -size +{number}k -print0 | xargs -0 -P {digit} gzip -{digit}",
    'if [ "$(cat /data/{noun}.count)" -gt {number} ]; then {verb}-{noun} --shard {digit} --strict; fi',
    "jq -c '.items[] | select(.{noun} > {number}) | {{id, {noun}, {verb}ed_at}}' /data/{noun}.json >/data/{noun}.rows",
    'psql "$WAREHOUSE" -c "insert into {noun}_{verb} select * from {noun} where batch < {number}"',
    'python -m {noun}.{verb} --window {number} --workers {digit} --out "/data/{noun}.parquet"',
    "sort -t, -k{digit},{digit} -u /data/{noun}.csv | head -n {number} >/data/{noun}.sorted",
    'test -s /data/{noun}.ndjson || {{ echo "no {noun} to {verb}" >&2; exit {digit}; }}',
)
_PYTHON = (
    '{noun} = pd.read_parquet("/data/{noun}.parquet").query("{verb}_count > {number}")',
    '{noun} = {noun}.sort_values("{verb}ed_at").drop_duplicates(["{noun}_id", "region"])[:{number}]',
    'assert len({noun}) >= {digit}, f"too few {noun} to {verb}: {{len({noun})}} < {number}"',
    "for shard, rows in enumerate(np.array_split({noun}, {digit})):\n    {verb}(rows, shard=shard, limit={number})",
    'client.put("{noun}/{verb}", json={noun}.to_dict("records"), timeout={number})',
    'logging.info("{verb} of %d {noun} took %.{digit}f s", len({noun}), clock() - began)',
    'with open("/tmp/{noun}", "w") as out:\n    out.write(str(int({noun}["{verb}"].sum() // {number})))',
    "model.{verb}({noun}, epochs={digit}, batch_size={number}, seed={digit})",
    '{noun}["{verb}_ratio"] = {noun}.total.clip(upper={number}) / {noun}.groupby("region").total.transform("sum")',
)

OUTPUTS = "/tmp"  # noqa: S108 - a path in made-up pods
"""Where steps write what they hand on."""
CRON, TRACED, SCRIPTED, IN_SHELL = 0.4, 0.25, 0.75, 0.6
"""Shares: of templates that a CronWorkflow uses, of those with traces, of steps that are scripts, of shell scripts."""

Varies = Literal["never", "day", "choice", "commit", "uuid", "count"]


class Parameter(msgspec.Struct, frozen=True):
    """One argument of a template, and how its value differs between workflows."""

    name: str
    default: str
    varies: Varies = "never"


class Task(msgspec.Struct, frozen=True):
    """One step of a template's graph; tasks run one after the other."""

    name: str
    inputs: tuple[str, ...]
    """Names of the template's parameters that it is given."""
    outputs: tuple[Parameter, ...]
    fans_out: bool
    """Whether it runs once for each item of a list."""
    retries: bool


class Blueprint(msgspec.Struct, frozen=True):
    """A workflow template with what each of its workflows repeats, rendered once."""

    name: str
    cluster_scope: bool
    parameters: tuple[Parameter, ...]
    tasks: tuple[Task, ...]
    cron: bool
    """Whether a CronWorkflow of the same name makes its workflows; else people and programs submit them."""
    traced: bool
    labels: dict[str, str]
    log_prefix: str
    """Where its pods' logs are archived; empty for a template that does not archive them."""
    spec: msgspec.Raw
    """``status.storedWorkflowTemplateSpec``."""
    templates: msgspec.Raw
    """``status.storedTemplates``."""

    @property
    def scope(self) -> str:
        """``templateScope`` of its nodes."""
        return f"{'cluster' if self.cluster_scope else 'namespaced'}/{self.name}"

    @property
    def reference(self) -> dict[str, Any]:
        """``spec.workflowTemplateRef`` of its workflows."""
        return {"clusterScope": True, "name": self.name} if self.cluster_scope else {"name": self.name}

    @property
    def stored(self) -> dict[str, msgspec.Raw]:
        """What the status of each of its workflows repeats; nothing for a template that nobody stored."""
        if not bytes(self.spec):
            return {}
        return {"storedTemplates": self.templates, "storedWorkflowTemplateSpec": self.spec}


def encode(value: object) -> bytes:
    """Encode as Go's encoding/json does a map: keys sorted, no spaces, ``<``, ``>`` and ``&`` escaped."""
    text = msgspec.json.encode(value, order="sorted")
    return text.replace(b"<", b"\\u003c").replace(b">", b"\\u003e").replace(b"&", b"\\u0026")


def draw(rng: Random, *, cluster_scope: bool) -> Blueprint:
    """Draw a template: its graph, images, scripts, parameters and defaults."""
    subject = rng.choice(NOUNS)
    name = f"{rng.choice(VERBS)}-{subject}"
    parameters = tuple(_parameter(rng, varies) for varies in _variations(rng))
    names = tuple(parameter.name for parameter in parameters)
    tasks = _tasks(rng, names)
    templates = [_main(tasks, names), *(_template(rng, task, subject) for task in tasks)]
    stored = rng.sample(templates, len(templates) // 3)
    scope = "cluster" if cluster_scope else "namespaced"
    return Blueprint(
        name=name,
        cluster_scope=cluster_scope,
        parameters=parameters,
        tasks=tasks,
        cron=rng.random() < CRON,
        traced=rng.random() < TRACED,
        labels={"app.kubernetes.io/part-of": subject, "team": rng.choice(NOUNS)},
        log_prefix=rng.choice(("", f"{subject}-logs")),
        spec=msgspec.Raw(encode(_spec(rng, name, parameters, templates))),
        templates=msgspec.Raw(encode({f"{scope}/{name}/{each['name']}": each for each in stored})),
    )


def _variations(rng: Random) -> list[Varies]:
    pool: list[Varies] = ["day", "choice", "commit", "uuid", "count", "never", "never"]
    return rng.sample(pool, rng.randint(3, 5))


def _parameter(rng: Random, varies: Varies) -> Parameter:
    name = f"{rng.choice(NOUNS)}-{varies}" if varies != "never" else f"{rng.choice(VERBS)}-{rng.choice(NOUNS)}"
    defaults = {
        "day": "2026-01-01",
        "choice": rng.choice(REGIONS),
        "commit": "main",
        "uuid": "none",
        "count": str(rng.randint(1, 500)),
        "never": f"s3://{rng.choice(NOUNS)}-{rng.choice(NOUNS)}/{rng.choice(VERBS)}/v{rng.randint(1, 9)}",
    }
    return Parameter(name, defaults[varies], varies)


def _tasks(rng: Random, parameters: tuple[str, ...]) -> tuple[Task, ...]:
    verbs = rng.sample(VERBS, rng.randint(3, 4))
    fan, retried = rng.randrange(1, len(verbs)), rng.randrange(len(verbs))
    return tuple(
        Task(
            name=f"{verb}-{rng.choice(NOUNS)}",
            inputs=tuple(rng.sample(parameters, rng.randint(1, 2))),
            outputs=tuple(
                Parameter(
                    f"{rng.choice(NOUNS)}-{rng.choice(VERBS)}", "", rng.choice(("count", "count", "choice", "uuid"))
                )
                for _ in range(rng.choice((0, 1, 1, 2)))
            ),
            fans_out=place == fan,
            retries=place == retried and place != fan,
        )
        for place, verb in enumerate(verbs)
    )


def _main(tasks: tuple[Task, ...], parameters: tuple[str, ...]) -> dict[str, Any]:
    lines: list[dict[str, Any]] = []
    for before, task in zip((None, *tasks), tasks, strict=False):
        given = [{"name": name, "value": f"{{{{workflow.parameters.{name}}}}}"} for name in task.inputs]
        line: dict[str, Any] = {"arguments": {"parameters": given}, "name": task.name, "template": task.name}
        if before:
            line["depends"] = before.name
        if task.fans_out:
            given.append({"name": "item", "value": "{{item}}"})
            line["withParam"] = f"{{{{workflow.parameters.{parameters[0]}}}}}"
        lines.append(line)
    return {"dag": {"tasks": lines}, "inputs": {}, "metadata": {}, "name": "main", "outputs": {}}


def _template(rng: Random, task: Task, subject: str) -> dict[str, Any]:
    inputs = [{"name": name} for name in (*task.inputs, *(("item",) if task.fans_out else ()))]
    outputs = [{"name": each.name, "valueFrom": {"path": f"{OUTPUTS}/{each.name}"}} for each in task.outputs]
    template: dict[str, Any] = {
        "inputs": {"parameters": inputs},
        "metadata": {},
        "name": task.name,
        "outputs": {"parameters": outputs} if outputs else {},
    }
    if task.retries:
        template["retryStrategy"] = {
            "limit": str(rng.randint(2, 5)),
            "retryPolicy": rng.choice(("Always", "OnFailure")),
        }
    return template | (
        {"script": _script(rng, subject)} if rng.random() < SCRIPTED else {"container": _container(rng, task, subject)}
    )


def _script(rng: Random, subject: str) -> dict[str, Any]:
    shell = rng.random() < IN_SHELL
    head = "set -euo pipefail" if shell else "import logging\nimport numpy as np\nimport pandas as pd\n"
    lines = [head, *(_line(rng, form) for form in rng.sample(_SHELL if shell else _PYTHON, rng.randint(1, 3)))]
    return _pod(rng, subject) | {"command": ["bash" if shell else "python"], "source": "\n".join(lines) + "\n"}


def _container(rng: Random, task: Task, subject: str) -> dict[str, Any]:
    flags = [f"--{name}={{{{inputs.parameters.{name}}}}}" for name in task.inputs]
    extra = [f"--{rng.choice(VERBS)}-{rng.choice(NOUNS)}={rng.randint(1, 9999)}" for _ in range(rng.randint(2, 5))]
    return _pod(rng, subject) | {"args": [*flags, *extra], "command": [f"/bin/{task.name}"]}


def _pod(rng: Random, subject: str) -> dict[str, Any]:
    tag = f"{rng.randint(0, 5)}.{rng.randint(0, 40)}.{rng.randint(0, 20)}"
    return {
        "env": [{"name": f"{rng.choice(NOUNS)}_{rng.choice(VERBS)}".upper(), "value": str(rng.randint(1, 9999))}],
        "image": f"registry.internal/{subject}/{rng.choice(VERBS)}-{rng.choice(NOUNS)}:{tag}",
        "name": "",
        "resources": {
            "requests": {"cpu": f"{rng.randint(1, 40) * 100}m", "memory": f"{rng.randint(1, 16) * 256}Mi"},
        },
    }


def _line(rng: Random, form: str) -> str:
    return form.format(
        verb=rng.choice(VERBS),
        noun=rng.choice(NOUNS),
        region=rng.choice(REGIONS),
        number=rng.randint(10, 50_000),
        digit=rng.randint(1, 9),
    )


def _spec(rng: Random, name: str, parameters: tuple[Parameter, ...], templates: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "activeDeadlineSeconds": rng.randint(1, 24) * 1800,
        "arguments": {"parameters": [{"name": each.name, "value": each.default} for each in parameters]},
        "entrypoint": "main",
        "podGC": {"strategy": rng.choice(("OnPodCompletion", "OnWorkflowSuccess"))},
        "serviceAccountName": f"{name}-runner",
        "templates": templates,
        "ttlStrategy": {
            "secondsAfterFailure": rng.randint(1, 14) * 86400,
            "secondsAfterSuccess": rng.randint(1, 48) * 3600,
        },
        "workflowTemplateRef": {"name": name},
    }
