"""What an operator may set for payments, and that a mistake is named without the value."""

from ipaddress import ip_address

import pytest
from pydantic import ValidationError

from contracts.service import settings_trouble
from ledger.payments.settings import PaymentSettings
from tests.yookassa_wire import KEY, SHOP, settings_of


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for name in PaymentSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def test_without_a_shop_everything_is_off(monkeypatch):
    monkeypatch.setenv("YOOKASSA_SHOP_ID", "")
    settings = PaymentSettings()
    assert not settings.yookassa_is_on
    assert not settings.ledger_stars
    assert settings.ledger_http_port is None
    assert settings.webhook_proxies() == ()
    with pytest.raises(ValueError, match="no shop"):
        settings.seal_secret()


def test_the_environment_is_read(monkeypatch):
    monkeypatch.setenv("YOOKASSA_SHOP_ID", SHOP)
    monkeypatch.setenv("YOOKASSA_SECRET_KEY", KEY)
    monkeypatch.setenv("YOOKASSA_API_URL", "http://127.0.0.1:8081/v3/")
    monkeypatch.setenv("LEDGER_WEBHOOK_PROXIES", "10.0.0.7, 192.168.0.0/16,::1")
    settings = PaymentSettings()
    assert settings.yookassa_is_on
    assert settings.yookassa_api_url == "http://127.0.0.1:8081/v3"
    single, network, six = settings.webhook_proxies()
    assert ip_address("10.0.0.7") in single
    assert ip_address("192.168.3.4") in network
    assert ip_address("::1") in six


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("yookassa_shop_id", "10 05"),
        ("yookassa_secret_key", ""),
        ("yookassa_secret_key", f"{KEY} {KEY}"),
        ("yookassa_secret_key", f"{KEY}\r\nX-Other: 1"),
        ("yookassa_secret_key", "ключ"),
        ("yookassa_api_url", "http://api.yookassa.ru/v3"),
        ("yookassa_api_url", "https://user@host/v3"),
        ("yookassa_return_url", "t.me/bot"),
        ("yookassa_vat_code", 0),
        ("yookassa_read_s", 0),
        ("yookassa_threads", 0),
        ("payments_hmac_secret", "секрет"),
        ("ledger_http_port", 65_536),
        ("ledger_webhook_proxies", "10.0.0.7, proxy"),
        ("ledger_webhook_proxies", "10.0.0.7/8"),
        ("ledger_stars_day_max", -1),
        ("ledger_chat_grants_day_max", -1),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not_told(name, value):
    with pytest.raises(ValidationError) as refused:
        settings_of(**{name: value})
    assert name.upper() in settings_trouble(refused.value)
    for told in (str(refused.value), repr(refused.value), settings_trouble(refused.value)):
        assert KEY not in told


@pytest.mark.parametrize("missing", ["yookassa_shop_id", "yookassa_secret_key"])
def test_half_a_shop_is_refused(missing):
    with pytest.raises(ValidationError) as refused:
        settings_of(**{missing: None})
    told = settings_trouble(refused.value)
    assert "YOOKASSA_SHOP_ID and YOOKASSA_SECRET_KEY" in told
    assert KEY not in str(refused.value)


def test_the_settings_show_no_key():
    settings = settings_of(payments_hmac_secret="made-up-seal")
    for told in (repr(settings), str(settings), str(settings.model_dump())):
        assert KEY not in told
        assert "made-up-seal" not in told


def test_the_seals_secret_is_its_own_or_follows_from_the_key_without_showing_it():
    own = settings_of(payments_hmac_secret="made-up-seal").seal_secret()
    assert own.get_secret_value() == "made-up-seal"
    derived = settings_of().seal_secret().get_secret_value()
    assert derived == settings_of(yookassa_shop_id="7").seal_secret().get_secret_value()
    assert derived != settings_of(yookassa_secret_key="live_x").seal_secret().get_secret_value()
    assert KEY not in derived
