"""What the page says in Russian: plural forms, and names for what the log calls in English."""

from datetime import datetime

from contracts.messages import JobStage, Refusal, RefusalCode
from infra.sandbox.log_reader import Entry, JobRow

CREDITS = ("кредит", "кредита", "кредитов")
EVENTS = ("событие", "события", "событий")
ACCOUNTS = ("счёт", "счёта", "счетов")
MINUS = "\N{MINUS SIGN}"
GIVING = frozenset({"topped_up", "refunded", "payment_completed", "payment_refund_failed"})
TAKING = frozenset({"deducted", "payment_refund_requested"})
NUMBER_LENGTH = 6

KINDS = {
    "account_opened": "Счёт открыт",
    "topped_up": "Кредиты начислены",
    "deducted": "Кредит списан за заказ",
    "started": "Съёмка началась",
    "settled": "Видео готово, списание окончательно",
    "refunded": "Кредит вернулся",
    "delivered": "Видео у человека",
    "payment_requested": "Заказ пакета",
    "payment_opened": "Счёт на оплату выставлен",
    "payment_completed": "Оплачено",
    "payment_canceled": "Оплата не состоялась",
    "payment_refund_requested": "Возврат денег начат",
    "payment_refunded": "Деньги возвращены",
    "payment_refund_failed": "Деньги вернуть не удалось",
}
REASONS = {
    "welcome_bonus": "приветственный бонус",
    "sandbox": "с этой страницы",
    "journey": "по ходу сценария",
    "cancelled": "заказ отменён",
    "deadline": "не успели в срок",
    "photo_unreadable": "фото не читается",
    "content_rejected": "фото или текст не приняты",
    "provider_unavailable": "студия не отвечает",
    "provider_misconfigured": "студия не настроена",
    "order_missing": "заказ потерялся",
    "stopped_by_operator": "остановлено нами",
    "internal": "ошибка у нас",
    "unreachable": "чат недоступен",
}
STATES = {
    "queued": "в очереди",
    "started": "снимается",
    "settled": "готово",
    "refunded": "кредит вернулся",
}
STAGES = {
    JobStage.QUEUED: "ждёт очереди",
    JobStage.PREPARING: "готовит фото",
    JobStage.RENDERING: "снимает ролик",
    JobStage.FINISHING: "собирает и проверяет файл",
}
REFUSALS = {
    RefusalCode.ACCOUNT_UNKNOWN: "Счёта ещё нет: нажмите «Начать» в чате.",
    RefusalCode.BALANCE_LIMIT: "На счёте уже столько кредитов, сколько он вмещает.",
    RefusalCode.TOO_LATE: "Леджер отвечал слишком долго и не начислил ничего. Повторите.",
    RefusalCode.OVERLOADED: "Леджер занят. Повторите через минуту.",
}
ACTIONS = {
    "typing": "печатает",
    "upload_photo": "отправляет фото",
    "record_video": "записывает видео",
    "upload_video": "отправляет видео",
    "upload_document": "отправляет файл",
    "choose_sticker": "выбирает стикер",
    "find_location": "ищет место",
    "record_voice": "записывает голосовое",
    "upload_voice": "отправляет голосовое",
    "record_video_note": "записывает видео",
    "upload_video_note": "отправляет видео",
}
MONTHS = (
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
)


ONE, FEW, MANY = range(3)
FORM_AFTER_DIGIT = (MANY, ONE, FEW, FEW, FEW, MANY, MANY, MANY, MANY, MANY)
TEENS = range(11, 15)


def plural(number: int, forms: tuple[str, str, str]) -> str:
    """Return the form that Russian uses after this number: 1, 2-4, or 5 and more."""
    if number % 100 in TEENS:
        return forms[MANY]
    return forms[FORM_AFTER_DIGIT[number % 10]]


def is_one(number: int) -> bool:
    """Whether a verb beside this number stands in the singular."""
    return plural(number, ("one", "", "")) == "one"


def counted(number: int, forms: tuple[str, str, str]) -> str:
    return f"{number} {plural(number, forms)}"


def signed(entry: Entry) -> str:
    """Return what the event did to the balance, or nothing when it moved no credit.

    What paid a debt did not reach the balance, and what became debt did not leave it.
    """
    if not moves_credits(entry):
        return ""
    sign = 1 if entry.kind in GIVING else -1
    return with_sign(sign * entry.amount + entry.debt_change)


def moves_credits(entry: Entry) -> bool:
    return entry.amount > 0 and entry.kind in GIVING | TAKING


def with_sign(number: int) -> str:
    if number == 0:
        return "0"
    return f"+{number}" if number > 0 else f"{MINUS}{-number}"


def title_of(entry: Entry) -> str:
    if entry.kind == "delivered" and entry.reason == "unreachable":
        return "Видео не доставить: чат недоступен"
    return KINDS.get(entry.kind, entry.kind)


def reason_of(code: str | None) -> str:
    """Return the reason in words; a code that has none is shown as it is."""
    return "" if code in (None, "sent") else REASONS.get(code, code)


def job_number(job: JobRow | Entry) -> str:
    """Return the number that the bot shows to people: the first six digits of the job's id."""
    return job.job_id.hex[:NUMBER_LENGTH].upper() if job.job_id else ""


def job_state(job: JobRow, stage: JobStage | None) -> str:
    if job.state == "started" and stage is not None:
        return STAGES[stage]
    if job.state == "settled" and job.delivered:
        return "доставлено"
    if job.state == "refunded" and job.reason == "cancelled":
        return "отменено, кредит вернулся"
    return STATES.get(job.state, job.state)


def refusal_sentence(refusal: Refusal) -> str:
    return REFUSALS.get(refusal.code, f"Леджер отказал: {refusal.code}.")


def action_sentence(action: str) -> str:
    return f"{ACTIONS.get(action, 'занят')}…"


def day_of(moment: datetime, today: datetime) -> str:
    days = (today.date() - moment.date()).days
    if days == 0:
        return "Сегодня"
    if days == 1:
        return "Вчера"
    year = "" if moment.year == today.year else f" {moment.year}"
    return f"{moment.day} {MONTHS[moment.month - 1]}{year}"


def duration(seconds: float) -> str:
    if seconds < 1:
        return "меньше секунды"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} мин {rest} с" if minutes else f"{rest} с"


def size(size_bytes: int) -> str:
    if size_bytes < 1024 * 1024:
        return f"{max(1, round(size_bytes / 1024))} КБ"
    return f"{size_bytes / 1024 / 1024:.1f} МБ".replace(".", ",")
