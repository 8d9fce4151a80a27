"""What an operator may set, and that a mistake is named without the value, which may be a key."""

import pytest
from pydantic import ValidationError

from contracts.service import settings_trouble
from tests.kie_world import KEY, OTHER_KEY, settings_of
from videogen.kie import KieSettings


def test_several_keys_stand_between_commas():
    secrets = settings_of(kie_api_key=f" {KEY},{OTHER_KEY} ,").secrets()
    assert [secret.get_secret_value() for secret in secrets] == [KEY, OTHER_KEY]


def test_the_environment_is_read_and_an_empty_line_is_no_setting(monkeypatch):
    monkeypatch.setenv("KIE_API_KEY", KEY)
    monkeypatch.setenv("KIE_CALLBACK_HMAC_KEY", "")
    monkeypatch.setenv("KIE_CALLBACK_URL", "")
    settings = KieSettings()
    assert settings.kie_callback_hmac_key is None
    assert settings.kie_callback_url is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("kie_api_key", ""),
        ("kie_api_key", " , "),
        ("kie_api_key", f"{KEY},{KEY}"),
        ("kie_api_key", f"{KEY} {OTHER_KEY}"),
        ("kie_api_key", f"{KEY}\r\nX-Other: 1"),
        ("kie_api_key", "ключ"),
        ("kie_api_url", "api.kie.ai"),
        ("kie_api_url", "http://api.kie.ai"),
        ("kie_api_url", "https://user@api.kie.ai"),
        ("kie_upload_url", "https://host?x=1"),
        ("kie_callback_url", "ftp://host"),
        ("kie_user_agent", "a\r\nb"),
        ("kie_submits_per_ten_s", 0),
        ("kie_queries_per_s", 1),
        ("kie_call_limit_s", 0),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not_told(name, value):
    with pytest.raises(ValidationError) as refused:
        settings_of(**{name: value})
    assert name.upper() in settings_trouble(refused.value)
    for told in (str(refused.value), repr(refused.value), settings_trouble(refused.value)):
        assert KEY not in told


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/base/", "http://localhost:9", "http://[::1]:9"]
)
def test_this_machine_may_be_asked_in_clear(url):
    assert settings_of(kie_api_url=url).kie_api_url == url.rstrip("/")


def test_the_settings_show_no_key():
    settings = settings_of(kie_callback_hmac_key=OTHER_KEY)
    for told in (repr(settings), str(settings), settings.model_dump_json()):
        assert KEY not in told
        assert OTHER_KEY not in told
