"""Stories about the other forms of an answer: tables, and metadata alone."""

from tests.simulator.recordings.stories.things import (
    CRONS,
    EMPTY,
    EVERYWHERE,
    KUBECTL,
    METADATA,
    METADATA_LIST,
    RED,
    ROOMS,
    TABLE,
    TABLE_BETA,
    few,
    room,
    workflow,
)
from tests.simulator.recordings.story import Story, delete, get, patch, post

BOTH = f"{METADATA_LIST},{METADATA},application/json"
ODD = {
    "nothing": None,
    "number": 7,
    "float": 1.5,
    "truth": True,
    "list": ["x", None],
    "object": {"b": 1},
    "lines": "a\nb",
}
GZIP = {"Accept-Encoding": "gzip"}
WRITTEN = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: yaml}\n"

FORMS = (
    Story(
        "tables",
        "Tables as kubectl asks for them.",
        (
            *few(),
            get(RED, KUBECTL),
            get(f"{RED}/a", KUBECTL),
            get(f"{RED}/never", KUBECTL),
            get(EMPTY, KUBECTL),
            get(RED, TABLE_BETA),
            get(f"{RED}?includeObject=Object&limit=1", TABLE),
            get(f"{RED}?includeObject=None&limit=1", TABLE),
            get(f"{RED}?includeObject=Nonsense", TABLE),
            get(f"{EVERYWHERE}?limit=3", TABLE, name="page"),
            get(f"{EVERYWHERE}?limit=3&continue=<page:metadata.continue>", TABLE),
            get(CRONS, KUBECTL),
            get(f"{ROOMS}?fieldSelector=metadata.name%3Dred", KUBECTL),
            get(f"{ROOMS}/red", KUBECTL),
            get(RED, TABLE.replace("v=v1", "v=v9")),
            get(RED, f"{TABLE.replace('v=v1', 'v=v9')},application/json"),
            get(RED, TABLE.replace("g=meta.k8s.io", "g=nonsense")),
            post(RED, workflow("posted"), accept=KUBECTL),
            patch(f"{RED}/posted", {"status": {"phase": "Failed"}}, accept=KUBECTL),
            delete(f"{RED}/posted", accept=KUBECTL),
            delete(f"{RED}/posted", accept=KUBECTL),
            *(
                post(RED, workflow(f"odd-{name}", status={"message": value, "phase": value}))
                for name, value in ODD.items()
            ),
            get(f"{RED}?fieldSelector=metadata.name!%3Da", TABLE),
        ),
    ),
    Story(
        "metadata",
        "Metadata alone, as controllers ask for it.",
        (
            *few(),
            get(f"{RED}/a", METADATA),
            get(f"{RED}/a", METADATA.replace("v=v1", "v=v1beta1")),
            get(f"{RED}/a", METADATA_LIST),
            get(f"{RED}/a", BOTH),
            get(RED, METADATA_LIST),
            get(RED, METADATA_LIST.replace("v=v1", "v=v1beta1")),
            get(RED, METADATA),
            get(RED, BOTH),
            get(EMPTY, METADATA_LIST),
            get(f"{RED}?limit=1", METADATA_LIST),
            get(f"{RED}/never", METADATA),
            get(f"{ROOMS}?fieldSelector=metadata.name%3Dred", METADATA_LIST),
            patch(f"{RED}/a", {"metadata": {"labels": {"team": "w"}}}, accept=METADATA),
            post(RED, workflow("posted"), accept=METADATA),
        ),
    ),
    Story(
        "encodings",
        "Answers in gzip where that is asked for and worth it, and other formats than JSON.",
        (
            room("red"),
            post(RED, workflow("small")),
            get(RED, headers=GZIP),
            post(RED, workflow("large", spec={"note": "x" * 200_000})),
            get(f"{RED}?fieldSelector=metadata.name%3Dlarge", headers=GZIP),
            get(f"{RED}/large", headers=GZIP),
            get(f"{RED}/small", headers={"Accept-Encoding": "br, deflate"}),
            get(f"{RED}/small", "application/vnd.kubernetes.protobuf,application/json"),
            post(f"{RED}?dryRun=All", WRITTEN, content_type="application/yaml"),
        ),
    ),
)
