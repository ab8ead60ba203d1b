from exporter.kinds.workflow import WORKFLOW, read
from exporter.store.store import SIZE_BOUNDS
from tests.controlplane.argo import SHORT_NAMES, WORKFLOW_COLUMNS
from tests.kinds.samples import workflow


def test_the_columns_are_those_of_the_definition() -> None:
    columns = [(column.name, column.type, "." + ".".join(column.path)) for column in WORKFLOW.printer_columns]
    assert columns == [(column["name"], column["type"], column["jsonPath"]) for column in WORKFLOW_COLUMNS]


def test_a_column_without_a_description_is_described_as_a_server_does() -> None:
    described = WORKFLOW.printer_columns[0].description
    assert described == "Custom resource definition column (in JSONPath format): .status.phase"


def test_the_names_are_those_of_the_definition() -> None:
    assert WORKFLOW.singular == WORKFLOW.resource.kind.lower()
    assert WORKFLOW.short_names == (SHORT_NAMES[WORKFLOW.resource.plural],)


def test_the_phase_can_be_selected_as_it_stands_in_the_object() -> None:
    phase_of = WORKFLOW.fields["status.phase"].value
    phases = ["", "Pending", "Running", "Succeeded", "Failed", "Error"]
    assert [phase_of(read(workflow(phase=phase)).projection) for phase in phases] == phases
    assert phase_of(read(workflow()).projection) == ""
    assert phase_of(read(workflow(phase="Resting")).projection) == "Other"


def test_sizes_are_told_by_the_bounds_that_the_store_counts_with() -> None:
    assert WORKFLOW.sizes is not None
    assert WORKFLOW.sizes.buckets == SIZE_BOUNDS
    assert WORKFLOW.sizes in WORKFLOW.families
