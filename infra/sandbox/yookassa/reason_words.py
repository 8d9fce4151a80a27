"""Why payments fail, in the words of the checkout page."""

REASON_WORDS = {
    "3d_secure_failed": "Банк не подтвердил, что платите вы",
    "call_issuer": "Банк просит позвонить ему",
    "canceled_by_merchant": "Платёж отменил магазин",
    "card_expired": "Срок действия карты истёк",
    "country_forbidden": "Картой этой страны заплатить нельзя",
    "deal_expired": "Срок сделки истёк",
    "expired_on_capture": "Магазин не успел принять оплату",
    "expired_on_confirmation": "Время на оплату вышло",
    "fraud_suspected": "Платёж показался подозрительным",
    "general_decline": "Банк не назвал причину",
    "identification_required": "Кошелёк нужно сначала подтвердить",
    "insufficient_funds": "На карте недостаточно денег",
    "internal_timeout": "Платёжная система не успела ответить",
    "invalid_card_number": "В номере карты ошибка",
    "invalid_csc": "В коде с обратной стороны карты ошибка",
    "issuer_unavailable": "Банк не отвечает",
    "payment_method_limit_exceeded": "Исчерпан лимит карты или кошелька",
    "payment_method_restricted": "Этой картой или кошельком платить нельзя",
    "permission_revoked": "Разрешение на списание отозвано",
    "rejected_by_timeout": "Банк не успел ответить",
    "unsupported_mobile_operator": "С номера этого оператора заплатить нельзя",
}
OTHER_REASON = "Банк отклонил платёж"


def reason_words(reason: str) -> str:
    """A reason that nobody knew yet has words as well."""
    return REASON_WORDS.get(reason, OTHER_REASON)
