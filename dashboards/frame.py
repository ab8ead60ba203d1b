"""What is around the panels: names, variables, rows, and links from one dashboard to the others and to the exporter."""

from collections.abc import Mapping, Sequence

import msgspec
from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.models import dashboard as models

from dashboards.dress import DATASOURCE, Panel
from dashboards.shapes import Scope

TAG = "informer-exporter"
"""By which the dashboards find one another."""
HERE = "http://127.0.0.1:9798"
"""Where the exporter listens unless told otherwise; browsers of others need another address."""
TARGET_INFO = "informer_exporter_build_info"


class Variable(msgspec.Struct, frozen=True):
    """A choice among the values of a label."""

    name: str
    title: str
    label: str
    series: str
    """A line of the exporter that has the label for everything there is."""
    description: str
    every: str = ".*"
    """What stands for all; ``.*`` also takes series without the label."""


CLUSTER = Variable("cluster", "Cluster", "cluster", TARGET_INFO, "Empty where the data source knows only one.")
JOB = Variable("job", "Job", "job", TARGET_INFO, "The scrape jobs of exporters.", every=".+")
INSTANCE = Variable(
    "instance", "Instance", "instance", TARGET_INFO, "Replicas are folded; choose one to see what it alone says.", ".+"
)
NAMESPACE = Variable("namespace", "Namespace", "namespace", "argowf_workflows", "Of the workflows.")
TEMPLATE = Variable(
    "template",
    "Template",
    "template_name",
    "argowf_workflow_completions_total",
    "Workflow templates; of workflows without one the beginning of their names.",
)
CRON_WORKFLOW = Variable(
    "cron_workflow", "Cron workflow", "cron_workflow", "argowf_cronworkflow_info", "As they are called in the cluster."
)


class Row(msgspec.Struct, frozen=True):
    """One question, and the panels that answer it."""

    title: str
    panels: tuple[Panel, ...]


class Plan(msgspec.Struct, frozen=True):
    """One dashboard."""

    uid: str
    """Stays as it is: addresses of dashboards hold it."""
    title: str
    description: str
    variables: tuple[Variable, ...]
    """Beyond those that every dashboard has."""
    rows: tuple[Row, ...]
    """The first has no heading of its own: it is the glance."""


def scope_of(*variables: Variable) -> Scope:
    """Give the scope of a dashboard with these variables."""
    return Scope(tuple((variable.label, variable.name) for variable in variables))


def build(plan: Plan, exporter: str = HERE) -> models.Dashboard:
    """Put a dashboard together; ``exporter`` is the address of its page as browsers reach it."""
    made = dashboard.Dashboard(plan.title).uid(plan.uid).description(plan.description).tags([TAG, "argo-workflows"])
    made.readonly().tooltip(models.DashboardCursorSync.CROSSHAIR).refresh("30s").time("now-6h", "now").timezone(
        "browser"
    )
    made.variables([_datasource(), *_choices(plan.variables), _address(exporter)])
    for link in _links():
        made.link(link)
    for at, row in enumerate(plan.rows):
        if at or row.title:
            made.with_row(dashboard.Row(row.title))
        for panel in row.panels:
            made.with_panel(panel)
    return _numbered(made.build())


def _numbered(made: models.Dashboard) -> models.Dashboard:
    """Number the panels, so that an address of one stays as it is."""
    for number, panel in enumerate(made.panels or (), start=1):
        panel.id_val = number
    return made


def _datasource() -> dashboard.DatasourceVariable:
    return dashboard.DatasourceVariable("datasource").label("Data source").type("prometheus")


def _choices(variables: Sequence[Variable]) -> list[dashboard.QueryVariable]:
    everything = (CLUSTER, JOB, INSTANCE, *variables)
    return [_choice(variable, everything[:at]) for at, variable in enumerate(everything)]


def _choice(variable: Variable, above: Sequence[Variable]) -> dashboard.QueryVariable:
    """A variable whose values depend on those above it."""
    made = dashboard.QueryVariable(variable.name).label(variable.title).description(variable.description)
    made.datasource(DATASOURCE).query(values_query(variable, above)).sort(models.VariableSort.ALPHABETICAL_ASC)
    made.refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED).multi(multi=True).include_all(include_all=True)
    return made.all_value(variable.every).current(models.VariableOption(text=["All"], value=["$__all"], selected=True))


def values_query(variable: Variable, above: Sequence[Variable]) -> str:
    """Say which values a variable has, in Grafana's words."""
    scope = Scope(tuple((one.label, one.name) for one in above), scraped=())
    return f"label_values({scope.match(variable.series)}, {variable.label})"


def _address(exporter: str) -> dashboard.TextBoxVariable:
    made = dashboard.TextBoxVariable("exporter").label("Exporter").default_value(exporter)
    made.description("The address of the exporter's page, for the links that lead there.")
    return made.current(models.VariableOption(text=exporter, value=exporter, selected=True))


def _links() -> list[dashboard.DashboardLink]:
    others = dashboard.DashboardLink("Dashboards").type(models.DashboardLinkType.DASHBOARDS).tags([TAG])
    others.include_vars(include_vars=True).keep_time(keep_time=True).tooltip(
        "The other dashboards, with what is chosen here"
    )
    page = dashboard.DashboardLink("Live page").type(models.DashboardLinkType.LINK).url("${exporter:raw}/")
    page.icon("external link").target_blank(target_blank=True).tooltip("Single workflows, as they are now")
    return [others, page]


def to(plan_uid: str, **chosen: str) -> str:
    """Give the address of another dashboard, for the same time, with these variables chosen."""
    parameters = [f"var-{name}={value}" for name, value in chosen.items()]
    carried = (
        "${__url_time_range}",
        *(f"${{{name}:queryparam}}" for name in ("datasource", "cluster", "job", "exporter")),
    )
    return f"/d/{plan_uid}?{'&'.join([*carried, *parameters])}"


def page(view: str = "", **parameters: str) -> str:
    """Give the address of a view of the exporter's page."""
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    return f"${{exporter:raw}}/#/{view}{'?' if query else ''}{query}"


LABELS: Mapping[str, str] = {
    name: f"${{__field.labels.{name}}}" for name in ("namespace", "template_name", "cron_workflow", "reason", "phase")
}
"""A label of the series that was clicked on."""
FIELDS: Mapping[str, str] = {
    name: f'${{__data.fields["{title}"]}}'
    for name, title in (("namespace", "Namespace"), ("template_name", "Template"), ("cron_workflow", "Cron workflow"))
}
"""A cell of the row that was clicked on, by the title of its column."""
