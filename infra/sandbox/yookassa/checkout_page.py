"""How the checkout page looks in each state of a payment: plain HTML, made without a script."""

from html import escape
from urllib.parse import urlsplit

from infra.sandbox.yookassa.payments import REASONS, Method, Payment, PaymentStatus
from infra.sandbox.yookassa.reason_words import reason_words
from infra.sandbox.yookassa.settings import Shop

RETURN_AFTER_S = 3
STYLE = "/yookassa/checkout/style.css"
SAFE_SCHEMES = ("http", "https", "tg")


def payment_page(payment: Payment, shop: Shop) -> str:
    match payment.status:
        case PaymentStatus.PENDING:
            return _page(payment, shop, _form(payment))
        case PaymentStatus.CANCELED:
            why = escape(reason_words(payment.reason))
            parts = _sign("no", "Платёж отменён", f"{why}. Деньги не списаны.")
            return _page(payment, shop, parts + _way_back(payment, "Вернуться в магазин"))
        case _:
            next_step = "Возвращаем вас в магазин." if _safe_url(payment) else ""
            parts = _sign("yes", "Оплата прошла", f"Спасибо! {next_step}")
            back = _way_back(payment, "Вернуться в магазин")
            return _page(payment, shop, parts + back, head=_refresh(payment))


def not_found_page() -> str:
    said = "Проверьте ссылку или попросите у магазина новую."
    return _document("Платёж не найден", _sign("no", "Платёж не найден", said))


def rubles(payment: Payment) -> str:
    """Return the amount as people write it: `1 499 ₽`, and kopecks only if there are any."""
    whole, rest = divmod(payment.price, 100)
    sign = "₽" if payment.currency == "RUB" else payment.currency
    grouped = f"{whole:,}".replace(",", "\u00a0")
    return f"{grouped},{rest:02}\u00a0{sign}" if rest else f"{grouped}\u00a0{sign}"


def _page(payment: Payment, shop: Shop, parts: str, *, head: str = "") -> str:
    test = '<p class="test">Тестовый магазин: деньги не списываются</p>' if shop.is_test else ""
    bought = escape(payment.description or "Оплата заказа")
    summary = (
        f'<header><p class="shop">{escape(shop.name)}</p>'
        f'<p class="amount">{escape(rubles(payment))}</p>'
        f'<p class="bought">{bought}</p>{_items(payment)}</header>'
    )
    return _document(f"Оплата: {shop.name}", f"{summary}{parts}{test}", head)


def _items(payment: Payment) -> str:
    items = (payment.receipt or {}).get("items", [])
    lines = "".join(f"<li>{escape(str(item['description']))}</li>" for item in items)
    return f'<ul class="items">{lines}</ul>' if lines else ""


def _form(payment: Payment) -> str:
    order = escape(payment.payment_id)
    action = f"/yookassa/checkout/payments/v2/contract/{{}}?orderId={order}"
    return (
        f'{_declined(payment)}<form method="post" action="{action.format("pay")}">'
        f"{_methods(payment)}"
        f'<button class="pay" type="submit">Оплатить {escape(rubles(payment))}</button>'
        f"{_way_back(payment, 'Вернуться в магазин')}{_trial(action)}</form>"
    )


def _trial(action: str) -> str:
    """What no real page has: ways for the payment to go wrong, for who tries the shop out."""
    return (
        '<fieldset class="trial"><legend>Для проверки</legend>'
        f'<button class="plain" type="submit" formaction="{action.format("decline")}">'
        "Отклонить оплату</button>"
        "<p>На карте не хватит денег; счёт останется, и его можно оплатить ещё раз.</p>"
        "<details><summary>Отменить платёж насовсем</summary>"
        '<div class="giving-up"><label for="reason">Причина</label>'
        f'<select id="reason" name="reason">{_reasons()}</select>'
        f'<button class="plain" type="submit" formaction="{action.format("cancel")}">'
        "Отменить платёж</button></div></details></fieldset>"
    )


def _methods(payment: Payment) -> str:
    """Tabs for show: what is in their fields is neither checked nor sent."""
    is_sbp = payment.method is Method.SBP
    card, sbp = ("", " checked") if is_sbp else (" checked", "")
    return (
        '<fieldset class="methods"><legend>Как оплатить</legend>'
        f'<input type="radio" id="by-card" name="method" value="bank_card"{card}>'
        '<label for="by-card">Картой</label>'
        f'<input type="radio" id="by-sbp" name="method" value="sbp"{sbp}>'
        '<label for="by-sbp">СБП</label>'
        '<div class="card" aria-hidden="true"><span class="number">5555 5555 5555 4444</span>'
        "<span>07 / 30</span><span>•••</span></div>"
        '<div class="sbp"><p>Откроется приложение вашего банка, где нужно подтвердить оплату.</p>'
        "</div></fieldset>"
    )


def _declined(payment: Payment) -> str:
    if not payment.declines:
        return ""
    why = escape(reason_words(payment.declines[-1]))
    return (
        f'<p class="declined" role="alert"><b>{why}.</b> Деньги не списаны. '
        "Попробуйте ещё раз или заплатите по-другому.</p>"
    )


def _reasons() -> str:
    first = "insufficient_funds"
    names = [first, *(name for name in REASONS if name != first)]
    return "".join(f'<option value="{name}">{reason_words(name)}</option>' for name in names)


def _sign(kind: str, title: str, said: str) -> str:
    mark = "✓" if kind == "yes" else "✕"
    return (
        f'<section class="sign {kind}" role="status"><span class="mark" aria-hidden="true">{mark}'
        f"</span><h1>{title}</h1><p>{said}</p></section>"
    )


def _way_back(payment: Payment, words: str) -> str:
    url = _safe_url(payment)
    return f'<a class="back" href="{escape(url)}">{words}</a>' if url else ""


def _refresh(payment: Payment) -> str:
    url = _safe_url(payment)
    content = f"{RETURN_AFTER_S};url={escape(url)}" if url else ""
    return f'<meta http-equiv="refresh" content="{content}">' if content else ""


def _safe_url(payment: Payment) -> str:
    url = payment.return_url or ""
    return url if urlsplit(url).scheme in SAFE_SCHEMES else ""


def _document(title: str, parts: str, head: str = "") -> str:
    return (
        '<!doctype html><html lang="ru"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex"><link rel="icon" href="data:,">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="{STYLE}">{head}</head>'
        f'<body><main class="page">{parts}</main></body></html>'
    )
