"""OLLAMA_HOST is read as Ollama itself reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from router_core.classifiers.ollama_host import ollama_url
from router_core.errors import ConfigError


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("localhost", "http://localhost:11434"),
        ("example.com", "http://example.com:11434"),
        ("example.com:1234", "http://example.com:1234"),
        ("example.com:", "http://example.com:11434"),
        (":1234", "http://127.0.0.1:1234"),
        ("http://example.com:1234", "http://example.com:1234"),
        ("http://example.com", "http://example.com:80"),
        ("https://example.com", "https://example.com:443"),
        ("HTTPS://example.com", "https://example.com:443"),
        ("http://127.0.0.1:11434/", "http://127.0.0.1:11434"),
        ("http://127.0.0.1:11434//", "http://127.0.0.1:11434"),
        ("https://example.com/ollama/", "https://example.com:443/ollama"),
        ("example.com/ollama", "http://example.com:11434/ollama"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:1234", "http://127.0.0.1:1234"),
        ("http://0.0.0.0:1234", "http://127.0.0.1:1234"),
        ("::", "http://[::1]:11434"),
        ("[::]:1234", "http://[::1]:1234"),
        ("::1", "http://[::1]:11434"),
        ("[::1]", "http://[::1]:11434"),
        ("[2001:db8::5]:80", "http://[2001:db8::5]:80"),
        ("192.168.1.5", "http://192.168.1.5:11434"),
        (' "10.0.0.5:1234" ', "http://10.0.0.5:1234"),
        ("'10.0.0.5'", "http://10.0.0.5:11434"),
        ("ollama_1", "http://ollama_1:11434"),
    ],
)
def test_every_form_is_read(value: str, url: str) -> None:
    assert ollama_url(value) == url


@pytest.mark.parametrize(
    "value",
    [
        "localhost:port",
        "localhost:0",
        "localhost:65536",
        "localhost:-1",
        "localhost:\u0661",  # a digit of another script
        "ftp://localhost",
        "unix:///run/ollama.sock",
        "http://user:secret@localhost",
        "user:secret@localhost",
        "two hosts",
        "a..b",
        "-a",
        "999.1.1.1",
        "[::1",
        "[::1]x",
        "fe80::1%eth0",
        "*",
        "localhost?x=1",
        "localhost/a b",
        "localhost/?x",
        "a" * 64,
        "http://http://localhost",
    ],
)
def test_a_bad_value_is_refused_with_its_name(value: str) -> None:
    with pytest.raises(ConfigError, match="OLLAMA_HOST") as caught:
        ollama_url(value)
    assert caught.value.path == "OLLAMA_HOST"
    assert "secret" not in str(caught.value)


@given(st.text(alphabet="ab01.:/[]@%_-\u00e9 *?#htps", max_size=30))
def test_what_is_not_refused_can_be_called(value: str) -> None:
    try:
        url = ollama_url(value)
    except ConfigError:
        return
    read = URL(url + "/api/chat")
    assert read.host
    assert read.port
    assert read.path.endswith("/api/chat")
