"""Where settings come from, which one wins, and what is said when one cannot be used."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.config import TABLE, ConfigError, Settings, fingerprint, load, named
from exporter.config.setting import PREFIX
from exporter.config.show import as_markdown, as_yaml
from exporter.config.values import DURATION, SIZE
from exporter.web.address import Address

DEFAULTS = load({}, {})


def in_file(path: Path, text: str) -> Settings:
    path.write_text(text)
    return load({"config.file": [str(path)]}, {})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "exporter.yaml"


def test_the_defaults_are_those_of_a_first_try() -> None:
    assert DEFAULTS.web_listen_address == (Address("127.0.0.1", 9798),)
    assert DEFAULTS.web_telemetry_path == "/metrics"
    assert DEFAULTS.namespaces == ()
    assert DEFAULTS.lookup is True
    assert (DEFAULTS.list_page_size, DEFAULTS.frame_limit) == (500, 32 * 1024 * 1024)
    assert (DEFAULTS.list_jitter, DEFAULTS.watch_timeout, DEFAULTS.metrics_group_retention) == (0, 300, 604_800)


def test_a_field_is_named_after_its_setting() -> None:
    for setting in TABLE:
        assert setting.field == setting.name.replace(".", "_").replace("-", "_")


def test_names_are_unique_and_none_is_a_part_of_another() -> None:
    names = [setting.name for setting in TABLE]
    assert len({setting.variable for setting in TABLE}) == len(names)
    assert not [(a, b) for a in names for b in names if b.startswith(f"{a}.")]


def test_flag_beats_environment_beats_file_beats_default(path: Path) -> None:
    path.write_text("log: {level: error, format: json}\nwatch.timeout: 1m\nlist.page-size: 7\n")
    settings = load(
        {"log.level": ["debug"]},
        {
            "INFORMER_EXPORTER_CONFIG_FILE": str(path),
            "INFORMER_EXPORTER_LOG_LEVEL": "warn",
            "INFORMER_EXPORTER_WATCH_TIMEOUT": "2m",
        },
    )
    assert (settings.log_level, settings.watch_timeout, settings.list_page_size) == ("debug", 120, 7)
    assert (settings.log_format, settings.resync_period) == ("json", 600)


def test_what_was_given_is_told_from_what_is_at_its_default(path: Path) -> None:
    path.write_text("log: {level: info}\n")
    flags = {"config.file": [str(path)], "lookup": ["true"]}
    assert named(flags, {f"{PREFIX}CONTEXT": ""}) == {"config.file", "lookup", "context", "log.level"}
    assert named({}, {}) == frozenset()


def test_a_list_is_replaced_and_never_joined(path: Path) -> None:
    path.write_text("namespaces: [a, b]")
    assert load({"config.file": [str(path)], "namespaces": ["c"]}, {}).namespaces == ("c",)


@pytest.mark.parametrize("texts", [["a,b", "c"], ["a", "b", "c"], [" a , b,", "c,a"]])
def test_a_list_is_commas_and_repetitions_without_doubles(texts: list[str]) -> None:
    assert load({"namespaces": texts}, {}).namespaces == ("a", "b", "c")


def test_an_empty_text_is_the_empty_list() -> None:
    assert DEFAULTS.index_labels
    assert load({"index.labels": [""]}, {}).index_labels == ()
    assert load({}, {"INFORMER_EXPORTER_INDEX_LABELS": ""}).index_labels == ()


def test_the_variable_of_kubectl_is_left_to_whoever_looks_for_credentials() -> None:
    assert load({}, {"KUBECONFIG": "/a:/b"}).kubeconfig == ""


@pytest.mark.parametrize("text", ["", "team=a", "workflows.argoproj.io/phase notin (Succeeded, Failed),!hidden"])
def test_a_selector_is_kept_as_it_is_written(text: str) -> None:
    assert load({"label-selector": [text]}, {}).label_selector == text


def test_reasons_of_failures_are_named_patterns() -> None:
    texts = [r"registry=(?i)registry\x2c? gone", "disk=No space left = none"]
    settings = load({"metrics.failure-patterns": texts}, {})
    assert settings.metrics_failure_patterns == (
        ("registry", r"(?i)registry\x2c? gone"),
        ("disk", "No space left = none"),
    )


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("metrics.failure-patterns", "registry", "expected reason=pattern"),
        ("metrics.failure-patterns", "Registry=gone", "expected reason=pattern"),
        ("metrics.failure-patterns", "registry=", "expected reason=pattern"),
        ("metrics.failure-patterns", "registry=" + "x" * 501, "expected reason=pattern"),
        ("metrics.failure-patterns", "registry=(gone", "is not a regular expression: missing"),
        ("metrics.overdue-factor", "0.5", "expected a number from 1"),
        ("metrics.overdue-factor", "nan", "expected a number from 1"),
        ("cron.timezone", "", "expected a time zone"),
        ("cron.timezone", "../etc/passwd", "expected a time zone"),
        ("cron.timezone", "Europe/Atlantis", "no time zone that is known here"),
        ("metrics.group-label", "not a key", "cannot be the key of a label"),
    ],
)
def test_what_cannot_be_counted_by_is_told_with_its_place(name: str, text: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=rf"^--{name}: .*{complaint}"):
        load({name: [text]}, {})


def test_zones_and_factors_are_written_as_they_are_read() -> None:
    settings = load({"cron.timezone": ["America/Argentina/Buenos_Aires"], "metrics.overdue-factor": ["1.50"]}, {})
    assert (settings.cron_timezone, settings.metrics_overdue_factor) == ("America/Argentina/Buenos_Aires", 1.5)
    assert "overdue-factor: '1.5'" in as_yaml(settings)


def test_a_selector_that_makes_no_sense_is_told_with_its_place() -> None:
    with pytest.raises(ConfigError, match=r"^--label-selector: character 11: expected ',' or '\)', not the end$"):
        load({"label-selector": ["team in (a"]}, {})


@pytest.mark.parametrize(
    "text",
    [
        "web:\n  listen-address: [':1', '[::1]:2']\nlookup: false\n",
        "web.listen-address: ':1,[::1]:2'\nlookup: false\n",
        "{web: {listen-address: [':1', '[::1]:2']}, lookup: 'false'}",
        "web: {listen-address: [&a ':1', '[::1]:2', *a]}\nlookup: false",
    ],
)
def test_a_file_may_nest_or_not(path: Path, text: str) -> None:
    settings = in_file(path, text)
    assert settings.web_listen_address == (Address("", 1), Address("::1", 2))
    assert settings.lookup is False


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "{}"])
def test_an_empty_file_changes_nothing(path: Path, text: str) -> None:
    assert in_file(path, text) == load({"config.file": [str(path)]}, {})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("\nweb: {listen-addres: ':1'}", "line 2: unknown key 'web.listen-addres'; did you mean web.listen-address?"),
        ("lookup: false\nfoo: 1", "line 2: unknown key 'foo'"),
        ("foo: {bar: 1}", "line 1: unknown key 'foo'"),
        ("lookup: maybe", "line 1: lookup: expected true or false, not 'maybe'"),
        ("lookup: [true]", "line 1: lookup: expected a single value"),
        ("lookup: {a: b}", "line 1: lookup: expected a single value"),
        ("list:\n  page-size: many", "line 2: list.page-size: expected a whole number"),
        ("namespaces:\n- a\n- [b]", "line 3: namespaces: expected a single value"),
        ("namespaces: {a: b}", "line 1: namespaces: expected a single value"),
        ("namespaces:", 'line 1: namespaces: there is no value; write ""'),
        ("web: 5", "line 1: web: expected keys and values below it"),
        ("web:", "line 1: web: expected keys and values below it"),
        ("lookup: true\nlookup: false", "line 2: lookup is given twice, first at"),
        ("web: {telemetry-path: /a}\nweb.telemetry-path: /b", "line 2: web.telemetry-path is given twice"),
        ("config: {file: x}", "line 1: unknown key 'config'"),
        ("- lookup", "line 1: expected keys and values"),
        ("lookup", "line 1: expected keys and values"),
        ("? [a]\n: b", "line 1: a key must be a plain text"),
        ("a: &a\n  b: *a", "line 1: unknown key 'a'"),
        ("lookup: true\n  x: [", "line 2: not YAML"),
        ("lookup: true\n---\nlookup: false", "line 2: not YAML"),
        ("lookup: *nobody", "line 1: not YAML"),
        ("lookup: \x07", "not YAML"),
        ("[" * 5000, "not YAML: nested too deeply"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_line(path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as raised:
        in_file(path, text)
    assert str(raised.value).startswith(str(path))
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    broken, large = tmp_path / "broken", tmp_path / "large"
    broken.write_bytes(b"\xff\xfe\x00")
    large.write_bytes(b"#" * (1024 * 1024 + 1))
    for path, reason in (
        (tmp_path, "Is a directory"),
        (tmp_path / "none", "No such file"),
        (broken, "UTF-8"),
        (large, "larger than"),
    ):
        with pytest.raises(ConfigError, match=reason):
            load({"config.file": [str(path)]}, {})


def test_dev_null_is_an_empty_file() -> None:
    assert load({"config.file": ["/dev/null"]}, {}).lookup is True


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("namespaces", "Upper"),
        ("namespaces", "a_b"),
        ("namespaces", "-a"),
        ("namespaces", "a" * 64),
        ("namespaces", "a.b"),
        ("label-selector", "a=b\nc=d"),
        ("label-selector", "a\0"),
        ("label-selector", "a=b=c"),
        ("index.labels", "a b"),
        ("index.labels", "a/b/c"),
        ("index.annotations", "/x"),
        ("list.page-size", "0"),
        ("list.page-size", "-1"),
        ("list.page-size", "1e3"),
        ("list.page-size", "٣"),
        ("list.jitter", "5"),
        ("list.jitter", "5 s"),
        ("list.jitter", "-5s"),
        ("list.jitter", "1s1m"),
        ("list.jitter", ""),
        ("watch.timeout", "0"),
        ("watch.timeout", "0s"),
        ("frame.limit", "0"),
        ("frame.limit", "32MB"),
        ("frame.limit", "-1"),
        ("web.listen-address", "nowhere"),
        ("web.listen-address", ""),
        ("web.telemetry-path", "metrics"),
        ("web.telemetry-path", "/"),
        ("web.telemetry-path", "/readyz"),
        ("web.telemetry-path", "/lookup/x"),
        ("web.telemetry-path", "/apis"),
        ("web.telemetry-path", "/a?b"),
        ("log.level", "loud"),
        ("log.format", "xml"),
        ("lookup", "1"),
    ],
)
def test_a_value_that_cannot_be_used_is_told_with_its_place(name: str, text: str) -> None:
    (setting,) = (setting for setting in TABLE if setting.name == name)
    with pytest.raises(ConfigError, match=f"^--{name}: "):
        load({name: [text]}, {})
    with pytest.raises(ConfigError, match=f"^{setting.variable}: "):
        load({}, {setting.variable: text})


def test_a_single_value_is_given_once() -> None:
    with pytest.raises(ConfigError, match=r"^--log\.level is given 2 times$"):
        load({"log.level": ["info", "warn"]}, {})


def test_a_misspelt_variable_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"INFORMER_EXPORTER_LOG_LEVLE; did you mean INFORMER_EXPORTER_LOG_LEVEL\?$"):
        load({}, {"INFORMER_EXPORTER_LOG_LEVLE": "info"})


@pytest.mark.parametrize("service", ["", "LOOKUP_", "METRICS_2_"])
@pytest.mark.parametrize(
    "variable",
    [
        "SERVICE_HOST",
        "SERVICE_PORT",
        "SERVICE_PORT_HTTP_METRICS",
        "PORT",
        "PORT_9798_TCP",
        "PORT_9798_TCP_PROTO",
        "PORT_9798_TCP_PORT",
        "PORT_9798_TCP_ADDR",
        "PORT_53_UDP_ADDR",
    ],
)
def test_what_kubernetes_tells_about_services_is_passed_over(service: str, variable: str) -> None:
    assert load({}, {f"{PREFIX}{service}{variable}": "tcp://10.0.0.1:9798"}) == DEFAULTS


def test_the_settings_in_force_are_a_file_that_says_the_same(path: Path) -> None:
    chosen = load(
        {"namespaces": ["a,b"], "index.labels": [""], "label-selector": ["a in (b, c),!d"], "frame.limit": ["1500B"]},
        {
            "INFORMER_EXPORTER_LIST_JITTER": "1h30m",
            "INFORMER_EXPORTER_LOOKUP": "false",
            "INFORMER_EXPORTER_KUBECONFIG": "/k: #x",
        },
    )
    for settings in (DEFAULTS, chosen):
        assert as_yaml(in_file(path, as_yaml(settings))) == as_yaml(settings)


def test_the_fingerprint_is_the_sum_of_the_settings_as_check_config_prints_them() -> None:
    settings = load({"namespaces": ["a,b"]}, {})
    assert fingerprint(settings) == hashlib.sha256(as_yaml(settings).encode()).hexdigest()


def test_the_fingerprint_tells_settings_apart_by_what_is_in_force_and_not_by_where_it_was_written(path: Path) -> None:
    by_flag = load({"frame.limit": ["1MiB"], "resync.period": ["60s"]}, {})
    by_file = in_file(path, "frame: {limit: 1024KiB}\nresync.period: 1m")
    assert fingerprint(by_flag) == fingerprint(by_file) != fingerprint(DEFAULTS)


@given(st.integers(0, 10**12))
def test_a_duration_is_written_as_it_is_read(milliseconds: int) -> None:
    assert DURATION.parse(str(DURATION.show(milliseconds / 1000))) == milliseconds / 1000


@given(st.integers(1, 10**12 - 1))
def test_a_size_is_written_as_it_is_read(size: int) -> None:
    assert SIZE.parse(str(SIZE.show(size))) == size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0), ("250ms", 0.25), ("10s", 10), ("1h30m", 5400), ("7d", 604_800), ("1w", 604_800), ("1y", 31_536_000)],
)
def test_durations_are_prometheus_durations(text: str, seconds: float) -> None:
    assert DURATION.parse(text) == seconds


def test_the_reference_is_up_to_date() -> None:
    written = Path(__file__).parent.parent / "docs" / "flags.md"
    assert written.read_text() == as_markdown(), "run: python -m exporter.config > docs/flags.md"
