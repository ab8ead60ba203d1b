"""Stories about what is served: the documents that clients read before they ask for anything."""

from tests.simulator.recordings.kinds import KINDS
from tests.simulator.recordings.stories.things import GROUP, VERSION
from tests.simulator.recordings.story import Ask, Story, get

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
AGGREGATED_BETA = AGGREGATED.replace("v=v2", "v=v2beta1")
CLIENT_GO = f"{AGGREGATED},{AGGREGATED_BETA},application/json"
OURS = ("", "argoproj.io", "namespaces", *(kind.plural for kind in KINDS))

DISCOVERY = (
    Story(
        "discovery",
        "The documents of the groups, versions and resources that are served.",
        (
            get("/version"),
            get("/api"),
            get("/api/v1", only=OURS),
            get("/apis", only=OURS),
            get(GROUP),
            get(VERSION),
            get(f"{VERSION}/"),
            get("/api", CLIENT_GO, only=OURS),
            get("/apis", CLIENT_GO, only=OURS),
            get("/apis", AGGREGATED, only=OURS),
            get("/apis", AGGREGATED_BETA, only=OURS),
            get("/apis", "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,*/*", only=OURS),
        ),
    ),
    Story(
        "unknown-paths",
        "What is served nowhere, and documents asked for in ways they are not given.",
        (
            get("/apis/nonsense"),
            get("/apis/nonsense/v1"),
            get("/apis/argoproj.io/v9"),
            get("/apis/argoproj.io/v9/workflows"),
            get(f"{VERSION}/nonsense"),
            get(f"{VERSION}/namespaces/red/nonsense"),
            get(f"{VERSION}/Workflows"),
            get("/nonsense"),
            get("/api/v9"),
            get("/api/v1/nonsense"),
            get("/api/v1/namespaces/red/nonsense"),
            get("/healthz"),
            get("/readyz"),
            get("/livez"),
            get("/version", "text/html"),
            get(GROUP, "text/html"),
            Ask("POST", "/version"),
            Ask("DELETE", GROUP),
            Ask("OPTIONS", VERSION),
        ),
    ),
)
