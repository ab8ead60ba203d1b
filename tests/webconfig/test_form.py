"""The file, as people write it and as they get it wrong."""

from pathlib import Path

import pytest

from exporter.webconfig import WebConfigError, load
from exporter.webconfig.form import SIZE_LIMIT, WebConfig, read

HASH = "$2b$04$" + "a" * 53


def test_an_empty_file_asks_for_nothing() -> None:
    assert read(b"") == read(b"# nothing\n") == WebConfig()


def test_everything_that_can_be_done_is_read() -> None:
    config = read(
        f"""
tls_server_config:
  cert_file: a.crt
  key_file: a.key
  client_ca_file: ca.crt
  client_auth_type: RequireAndVerifyClientCert
  min_version: TLS13
  prefer_server_cipher_suites: true
http_server_config: {{http2: true}}
basic_auth_users: {{anna: "{HASH}"}}
""".encode()
    )
    assert config.tls_server_config is not None
    assert (config.tls_server_config.cert_file, config.tls_server_config.min_version) == ("a.crt", "TLS13")
    assert config.basic_auth_users == {"anna": HASH}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: [", "line 1: this is no YAML"),
        ("- x", "Expected `object`"),
        ("tls_server_confg: {}", "tls_server_confg"),
        ("tls_server_config: {cert: x}", "`cert`"),
        ("tls_server_config: {cert_file: a}", "tls_server_config.key_file is missing"),
        ("tls_server_config: {}", "tls_server_config.cert_file is missing"),
        ("tls_server_config: {cert_file: a, key_file: b, min_version: TLS10}", "min_version: expected one of TLS12"),
        ("tls_server_config: {cert_file: a, key_file: b, min_version: TLS13, max_version: TLS12}", "above max_version"),
        ("tls_server_config: {cert_file: a, key_file: b, cipher_suites: [X]}", "cipher_suites: not supported"),
        ("tls_server_config: {cert_file: a, key_file: b, curve_preferences: [X]}", "curve_preferences: not supported"),
        ("tls_server_config: {cert_file: a, key_file: b, client_auth_type: RequireAnyClientCert}", "client_auth_type"),
        ("tls_server_config: {cert_file: a, key_file: b, client_ca_file: c}", "go together"),
        ("tls_server_config: {cert_file: a, key_file: b, client_auth_type: VerifyClientCertIfGiven}", "go together"),
        ("http_server_config: {headers: {X-Frame-Options: deny}}", "headers: not supported"),
        ("http_server_config: {http2: 7}", "http2"),
        ("rate_limit: {interval: 1s}", "rate_limit"),
        ("basic_auth_users: {anna: secret}", "the password of 'anna' is no bcrypt hash"),
        (f"basic_auth_users: {{'a:b': '{HASH}'}}", "cannot be the name of a user"),
        (f"basic_auth_users: {{'': '{HASH}'}}", "cannot be the name of a user"),
        ("basic_auth_users: {anna: '" + HASH.replace("$04$", "$15$") + "'}", "a cost of 15"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "web.yaml"
    path.write_text(text)
    with pytest.raises(WebConfigError) as caught:
        load(path)
    assert complaint in str(caught.value)
    assert str(path) in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_not_there_or_too_large_is_named(tmp_path: Path) -> None:
    with pytest.raises(WebConfigError, match="cannot be read: No such file"):
        load(tmp_path / "none")
    large = tmp_path / "large"
    large.write_bytes(b"#" * (SIZE_LIMIT + 1))
    with pytest.raises(WebConfigError, match="is larger than"):
        load(large)
