"""What is asked over HTTP: paths, queries and forms, sensible and odd."""

from urllib.parse import quote

from tests.cluster.dialect.things import EMPTY, FIRST, SECOND
from tests.controlplane.argo import CRON_WORKFLOWS, WORKFLOWS

ALL, LIST, OTHER, NONE = (WORKFLOWS.path(namespace) for namespace in (None, FIRST, SECOND, EMPTY))
ONE = WORKFLOWS.path(FIRST, "lines")
CRONS, CRON = CRON_WORKFLOWS.path(FIRST), CRON_WORKFLOWS.path(FIRST, "hourly")
GROUP, VERSION = "/apis/argoproj.io", "/apis/argoproj.io/v1alpha1"

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
TABLE_BETA = TABLE.replace("v=v1", "v=v1beta1")
METADATA = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
METADATA_LIST = METADATA.replace("Metadata;", "MetadataList;")
KUBECTL = f"{TABLE},{TABLE_BETA},application/json"
AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

PATHS = (
    *(CRONS, CRON, CRON_WORKFLOWS.path(), f"{CRONS}/never"),
    *(ALL, LIST, OTHER, NONE, ONE, f"{ALL}/", f"{LIST}/", f"{ONE}/", f"{VERSION}/namespaces/never/workflows"),
    *(f"{LIST}/never", f"{NONE}/lines", f"{LIST}/{'n' * 253}", f"{LIST}/{'n' * 300}", f"{LIST}/UPPER", f"{LIST}/a..b"),
    *(f"{LIST}/a.name.with-dots", f"{LIST}/a%2Ename.with-dots", f"{LIST}/%6cines", f"{LIST}/li%20nes", f"{LIST}/%20"),
    *(f"{LIST}/lines%2Fstatus", f"{LIST}%2Flines", f"{LIST}/line%22s", f"{LIST}/{quote('ünï')}", f"{LIST}/lines%00"),
    *(f"{ONE}/status", f"{ONE}/scale", f"{ONE}/log", f"{ONE}/a/b", f"{ONE}?pretty=true", f"{ONE}?limit=abc"),
    *(f"{ONE}?resourceVersion=0", f"{ONE}?resourceVersion=1", f"{ONE}?resourceVersion="),
    *(f"{ONE}?labelSelector=,", f"{ONE}?foo=bar", f"{ONE}?timeoutSeconds=abc"),
    *(f"{LIST}/many-labels", f"{LIST}/leaving", f"{LIST}/owned", f"{LIST}/annotated", f"{LIST}/bare"),
    *(f"{VERSION}/namespaces//workflows", f"{VERSION}/namespaces//workflows/lines", f"{VERSION}/workflows/lines"),
    *(f"{VERSION}/namespaces", f"{VERSION}/namespaces/{FIRST}", f"{VERSION}/namespaces/{FIRST}/nonsense"),
    *(f"{VERSION}/nonsense", f"{VERSION}/nonsense/x", f"{VERSION}/Workflows", f"{VERSION}/workflow", f"{VERSION}/wf"),
    *("/apis/argoproj.io/v9", "/apis/argoproj.io/v9/workflows", "/apis/nonsense", "/apis/nonsense/v1/workflows"),
    *("/apis/nonsense/", "/apis//argoproj.io", "/apis/argoproj.io/v9/"),
    *("//apis/argoproj.io", "/apis/./argoproj.io", "/apis/../apis/argoproj.io", f"{LIST}//", f"{LIST}//lines"),
    *(f"{LIST}/./lines", f"{LIST}/../workflows", f"{VERSION}/%77orkflows", f"{VERSION}/namespaces/a%2Fb/workflows"),
    *(f"{VERSION}/namespaces/%20/workflows", f"{VERSION}/namespaces/{'n' * 400}/workflows", f"{ONE}?watch=false"),
    *("/nonsense", "/APIS", f"{VERSION}/namespaces/{FIRST}/workflows/lines/x/y/z"),
)

SELECTORS = (
    *("", " ", "team", "!team", "team=red", "team==red", "team!=red", "team in (red,blue)", "team notin (red)"),
    *("team=red,kind=odd", "team=", "team=never", "never", "!never", "n>2", "n<2", "n>x", "team>1", "n in (1,2),n!=1"),
    *("example.com/label-07=value-07", "example.com/label-07 in (x)", "team in ()", "team in (,)", ",", "team,"),
    *("=", "a=b=c", "a b", "a in", "a in (", "a in b", "-a", "a/b/c", "a=-b", "é", "a=é", f"{'b' * 254}/a", "a" * 64),
    *("a=b;c", "a in (b))", "(a)", "!", "!!a", "a=='b'", "a%", "a\n=b", "team=red,team=blue", "a,,b"),
)
FIELDS = (
    *("", "metadata.name=lines", "metadata.name==lines", "metadata.name!=lines", "metadata.name=never"),
    *(f"metadata.namespace={FIRST}", f"metadata.namespace!={FIRST}", f"metadata.namespace={SECOND}"),
    *(f"metadata.name=lines,metadata.namespace={FIRST}", "metadata.name=", "metadata.name!=", "metadata.namespace="),
    *("metadata.name=lines,metadata.name=bare", "metadata.name", "=", "=x", ",", "metadata.name=a=b", "a", "!a"),
    *("spec.x=1", "metadata.uid=x", "metadata.labels.team=red", "metadata.name in (lines)", "metadata.name=x\\,y"),
    *("metadata.name=x\\y", "metadata.name=x\\", "metadata.name=x\\=y", " metadata.name=lines", "metadata.name = x"),
    *("metadata.name=lines,", ",metadata.name=lines", "metadata.name=lines,,", "METADATA.NAME=lines", "status.x=1"),
)
NUMBERS = ("", "0", "1", "01", "+1", "-1", "1.5", "abc", "1e3", " 1", "1 ", "0x10", "1_0", "٣", "99999999999999999999")
VERSIONS = ("0", "1", "-1", "abc", "1.5", "01", " 1", "", "99999999999999999999999", "18446744073709551615000", "1,2")
QUERIES = (
    *(f"limit={number}" for number in map(quote, NUMBERS)),
    *(f"timeoutSeconds={number}" for number in map(quote, NUMBERS) if number != "1"),
    *(f"resourceVersion={version}" for version in map(quote, VERSIONS)),
    *(f"resourceVersion={version}&resourceVersionMatch=NotOlderThan" for version in map(quote, VERSIONS)),
    *(f"resourceVersion={version}&resourceVersionMatch=Exact" for version in ("0", "abc", "", "-1")),
    *(f"resourceVersion={version}&resourceVersionMatch=Nonsense" for version in ("0", "1")),
    *("resourceVersionMatch=NotOlderThan", "resourceVersionMatch=Exact"),
    *("resourceVersionMatch=", "resourceVersionMatch=notolderthan&resourceVersion=0"),
    *("limit=1&limit=2", "limit=2&limit=abc", "limit=abc&limit=2", "labelSelector=team&labelSelector=,"),
    *("sendInitialEvents=true", "sendInitialEvents=false", "sendInitialEvents=", "sendInitialEvents=maybe"),
    *("allowWatchBookmarks=true", "allowWatchBookmarks=maybe", "watch=false", "watch=0", "foo=bar", "foo", "=", "&&"),
    *("Limit=1", "limit", "limit=1;foo=2", "pretty=true", "pretty=maybe", "includeObject=Object", "dryRun=All"),
    *("limit=1&labelSelector=team%3Dred", "limit=3&fieldSelector=metadata.name!%3Dlines", "limit=100", "limit=%ff"),
    *("labelSelector=,&limit=abc", "fieldSelector=x%3D1&labelSelector=,", "sendInitialEvents=true&limit=abc"),
    *("sendInitialEvents=true&labelSelector=,", "resourceVersion=abc&resourceVersionMatch=Nonsense", "continue="),
    *("resourceVersion=9999999999&timeoutSeconds=1", "resourceVersion=1&resourceVersionMatch=NotOlderThan&limit=2"),
    *(
        "limit=2?",
        "label%53elector=team",
        "labelSelector=%",
        "labelSelector=%zz",
        "limit=1%26x",
        "limit=%00",
        "timeout=1s",
    ),
    *("labelSelector=team+in+(red)", "labelSelector=team;limit=1", "limit=9223372036854775808", "%zz=1&limit=1"),
    *("fieldSelector=metadata.name%3Dlines&fieldSelector=metadata.name%3Dbare", "timeoutSeconds=9223372036854775807"),
    *("continue=&limit=2", "resourceVersion=abc&limit=abc", "resourceVersion=abc&labelSelector=,", "%6cimit=2"),
)
TABLES = (
    *("", "?limit=2", "?includeObject=Object", "?includeObject=Metadata", "?includeObject=None", "?includeObject="),
    *("?includeObject=Nonsense", "?includeObject=metadata", "?labelSelector=team%3Dred", "?labelSelector=never"),
    *("?includeObject=Nonsense&labelSelector=never", "?resourceVersion=0", "?limit=abc", "?fieldSelector=x"),
)
ACCEPTS = (
    *(TABLE, TABLE_BETA, METADATA, METADATA_LIST, KUBECTL, METADATA.replace("v=v1", "v=v1beta1")),
    *(METADATA_LIST.replace("v=v1", "v=v1beta1"), f"{METADATA_LIST},{METADATA},application/json"),
    *("application/json", "*/*", "application/*", "application/json;q=0.5", "text/html,*/*;q=0.1"),
    *("application/json;charset=utf-8", "application/json;pretty=1", "application/json, */*", "application/json;q=0"),
    *("application/yaml;q=0.5,application/json", "application/json,application/yaml"),
    *(f"text/html,{TABLE};q=0.2", f"{TABLE.replace('v=v1', 'v=v9')},application/json", f"application/json,{TABLE}"),
    *("*/*;as=Table;v=v1;g=meta.k8s.io", "application/json;g=meta.k8s.io;v=v1", "application/json;as=Nonsense,*/*"),
    *("application/json;q=0.1,*/*;q=0.2", f"{TABLE};q=0.1,application/json;q=0.9", f"{TABLE};q=0"),
    *(",application/json", "application/json;", TABLE.replace(";", " ; ")),
    # What both refuse.
    *(TABLE.replace("v=v1", "v=v9"), TABLE.replace("g=meta.k8s.io", "g=nonsense"), "text/html", "text/*", ","),
    *("application/json;as=X", "application/xml;q=0.9", "application/json;as=Table", "application/json;as=Table;v=v1"),
    *("nonsense", "application/json;as=;v=v1"),
)
