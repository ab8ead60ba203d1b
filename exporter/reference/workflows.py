"""Examples for the families of workflows and of templates."""

from exporter.reference.words import Example

WORKFLOWS = {
    "argowf_workflows": Example(
        "How many workflows are there of each phase?",
        "sum by (phase) ({now})",
    ),
    "argowf_workflows_pending": Example(
        "What do workflows wait for, and in which namespaces?",
        "topk(10, sum by (namespace, reason) ({now}) > 0)",
    ),
    "argowf_workflows_suspended": Example(
        "Where does work wait for a person?",
        "sum by (namespace) ({now}) > 0",
    ),
    "argowf_workflows_overdue": Example(
        "Which namespaces have workflows that should have ended by now?",
        "sum by (namespace, reason) ({now}) > 0",
    ),
    "argowf_workflows_stuck": Example(
        "Which namespaces have workflows that run and do not move?",
        "sum by (namespace, reason) ({now}) > 0",
    ),
    "argowf_workflow_oldest_creation_timestamp_seconds": Example(
        "For how many seconds has the oldest workflow been waiting to start?",
        "time() - min by (namespace, phase) ({now})",
    ),
    "argowf_workflow_oldest_start_timestamp_seconds": Example(
        "For how many seconds has the longest running workflow been running?",
        "time() - min by (namespace) ({now})",
    ),
    "argowf_workflow_tasks": Example(
        "How many tasks have the running workflows?",
        "sum by (namespace) ({now})",
    ),
    "argowf_workflow_tasks_completed": Example(
        "How many tasks of the running workflows are done?",
        "sum by (namespace) ({now})",
    ),
    "argowf_workflow_creations_total": Example(
        "Which templates were used most in the last hour?",
        "topk(10, sum by (template_kind, template_name) ({increase:1h}))",
    ),
    "argowf_workflow_completions_total": Example(
        "Which share of the workflows that ended has failed?",
        'sum by (namespace) ({rate:15m|phase=~"Failed|Error"})\n'
        '  / (sum by (namespace) ({rate:15m|phase=~"Succeeded|Failed|Error"}) > 0)',
    ),
    "argowf_workflow_phase_transitions_total": Example(
        "How many workflows were let in, each second?",
        'sum by (namespace) ({rate:5m|to_phase="Running"})',
    ),
    "argowf_workflow_failures_total": Example(
        "Why do workflows fail?",
        "topk(10, sum by (namespace, reason) ({increase:1h}) > 0)",
    ),
    "argowf_workflow_deletions_total": Example(
        "How many workflows were deleted before they were archived?",
        'sum by (namespace) ({increase:1h|archived="false", phase=~"Succeeded|Failed|Error"}) > 0',
    ),
    "argowf_workflow_retries_total": Example(
        "Where are workflows retried?",
        "sum by (namespace) ({increase:1h}) > 0",
    ),
    "argowf_workflow_updates_total": Example(
        "How often does the controller write workflows, each second?",
        "sum ({rate:5m})",
    ),
    "argowf_workflow_duration_seconds": Example(
        "Within how many seconds do 95 % of the workflows that succeed end?",
        'histogram_quantile(0.95, sum by (namespace, le) ({buckets:1h|phase="Succeeded"}))',
    ),
    "argowf_workflow_start_delay_seconds": Example(
        "How long do 95 % of the workflows wait at most until they start?",
        "histogram_quantile(0.95, sum by (namespace, le) ({buckets:15m}))",
    ),
    "argowf_workflow_group_duration_seconds": Example(
        "How long do workflows of each template take on average?",
        'sum by (template_name) ({sum:1h|phase="Succeeded"})\n'
        '  / (sum by (template_name) ({count:1h|phase="Succeeded"}) > 0)',
    ),
    "argowf_workflow_last_completion_timestamp_seconds": Example(
        "What has not succeeded for a day?",
        'time() - max by (namespace, template_kind, template_name) ({now:|phase="Succeeded"}) > 86400',
    ),
    "argowf_workflow_cpu_core_seconds_total": Example(
        "How many cores do workflows ask for, by namespace?",
        "sum by (namespace) ({rate:15m})",
    ),
    "argowf_workflow_memory_byte_seconds_total": Example(
        "How much memory do workflows ask for, in bytes?",
        "sum by (namespace) ({rate:15m})",
    ),
    "argowf_workflow_object_bytes": Example(
        "Which share of the workflows taken into the cache is larger than 512 KiB, and may soon be too large for etcd?",
        '1 - sum ({buckets:1h|le="524288.0"}) / (sum ({count:1h}) > 0)',
    ),
    "argowf_workflow_node_completions_total": Example(
        "Which share of the pods has failed?",
        'sum by (namespace) ({rate:1h|node_type="Pod", node_phase=~"Failed|Error"})\n'
        '  / (sum by (namespace) ({rate:1h|node_type="Pod"}) > 0)',
    ),
    "argowf_workflow_nodes": Example(
        "How many pods of workflows run now?",
        'sum by (namespace) ({now:|node_type="Pod", node_phase="Running"})',
    ),
    "argowf_workflow_nodes_unreadable_total": Example(
        "Of how many workflows are the nodes counted nowhere, and why?",
        "sum by (reason) ({increase:1h}) > 0",
    ),
    "argowf_workflow_mapping_errors_total": Example(
        "Do the clocks of those who write workflows disagree?",
        "sum by (namespace) ({increase:1h}) > 0",
    ),
    "argowf_workflowtemplates": Example(
        "How many WorkflowTemplates are there in each namespace?",
        "sum by (namespace) ({now})",
    ),
    "argowf_clusterworkflowtemplates": Example(
        "How many ClusterWorkflowTemplates are there?",
        "sum ({now})",
    ),
}
