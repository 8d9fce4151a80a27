"""What a payment is asked for with, and by what it is known again."""

from uuid import UUID

import pytest
from pydantic import SecretStr

from ledger.domain.events import PaymentRequested
from ledger.payments.requesting import Ours, body_of, read_metadata
from tests.yookassa_wire import settings_of

ORDER_ID = UUID("5e0a4bd1-6f07-4a53-9d6f-5d4f0f3b0b11")
EMAIL = "buyer@example.ru"
SECRET = settings_of().seal_secret()


def order(**fields):
    values = {"plan": "starter", "credits": 5, "price": 19_900, "currency": "RUB", **fields}
    return PaymentRequested(
        originator_id="tg:42",
        originator_version=3,
        order_id=ORDER_ID,
        provider="yookassa",
        **values,
    )


def metadata_of(**fields):
    return body_of(order(**fields), "Стартер", None, settings_of())["metadata"]


def test_a_body_asks_for_all_of_the_price_at_once():
    settings = settings_of(yookassa_return_url="https://t.me/neurocards_bot")
    body = body_of(order(), "Стартер", None, settings)
    metadata = body.pop("metadata")
    assert body == {
        "amount": {"value": "199.00", "currency": "RUB"},
        "capture": True,
        "confirmation": {"type": "redirect", "return_url": "https://t.me/neurocards_bot"},
        "description": "Стартер: 5 кредитов",
    }
    assert all(len(name) <= 32 and len(text) <= 512 for name, text in metadata.items())


def test_a_receipt_goes_to_the_person_and_sums_up_to_the_price():
    settings = settings_of(yookassa_receipts=True, yookassa_vat_code=4)
    assert body_of(order(price=19_905), "Стартер", EMAIL, settings)["receipt"] == {
        "customer": {"email": EMAIL},
        "items": [
            {
                "description": "5 кредитов на создание видео",
                "quantity": "1.00",
                "amount": {"value": "199.05", "currency": "RUB"},
                "vat_code": 4,
                "payment_mode": "full_payment",
                "payment_subject": "service",
            }
        ],
    }


def test_a_receipt_without_an_address_is_not_asked_for():
    with pytest.raises(ValueError, match="address"):
        body_of(order(), "Стартер", None, settings_of(yookassa_receipts=True))


def test_an_address_is_not_told_when_there_are_no_receipts():
    assert EMAIL not in str(body_of(order(), "Стартер", EMAIL, settings_of()))


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (1, "1 кредит"), (2, "2 кредита"), (4, "4 кредита"), (5, "5 кредитов"),
        (11, "11 кредитов"), (12, "12 кредитов"), (14, "14 кредитов"), (20, "20 кредитов"),
        (21, "21 кредит"), (22, "22 кредита"), (111, "111 кредитов"), (112, "112 кредитов"),
        (101, "101 кредит"), (1_000, "1000 кредитов"),
    ],
)  # fmt: skip
def test_credits_are_counted_in_russian(count, said):
    body = body_of(order(credits=count), "Профи", None, settings_of())
    assert body["description"] == f"Профи: {said}"


def test_a_long_title_is_cut_to_what_the_provider_takes():
    body = body_of(order(), "С" * 200, None, settings_of())
    assert len(body["description"]) == 128


@pytest.mark.parametrize(
    ("price", "value"), [(1, "0.01"), (99, "0.99"), (100, "1.00"), (149_900, "1499.00")]
)
def test_kopecks_become_roubles_exactly(price, value):
    body = body_of(order(price=price), "Стартер", None, settings_of())
    assert body["amount"] == {"value": value, "currency": "RUB"}


def test_what_was_sealed_is_read_back():
    ours = Ours(ORDER_ID, account="tg:42", plan="starter", credits=5, price=19_900)
    assert read_metadata(metadata_of(), SECRET) == ours
    assert read_metadata({**metadata_of(), "cms_name": "sdk"}, SECRET) == ours


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("credits", "500"),
        ("price", "1"),
        ("plan", "premium"),
        ("account", "tg:43"),
        ("order_id", "5e0a4bd1-6f07-4a53-9d6f-5d4f0f3b0b12"),
        ("seal", "0" * 64),
        ("seal", "печать"),
        ("seal", ""),
    ],
)
def test_a_changed_word_is_not_ours(name, text):
    assert read_metadata({**metadata_of(), name: text}, SECRET) is None


@pytest.mark.parametrize("name", ["order_id", "account", "plan", "credits", "price", "seal"])
def test_a_missing_word_is_not_ours(name):
    words = metadata_of()
    del words[name]
    assert read_metadata(words, SECRET) is None


def test_another_secret_knows_nothing_of_ours():
    assert read_metadata(metadata_of(), SecretStr("other")) is None
    assert read_metadata({}, SECRET) is None


def test_two_orders_never_share_a_seal():
    one = metadata_of(plan="a", credits=11)
    moved = {**one, "plan": "a1", "credits": "1"}
    assert read_metadata(moved, SECRET) is None
    quoted = metadata_of(plan='a","5')
    assert read_metadata(quoted, SECRET).plan == 'a","5'
