"""An invoice in the chat: what is sold, and for how many Stars."""

from infra.sandbox.page.dom import Text, box
from infra.sandbox.telegram.json_types import Json


def show_invoice(invoice: Json) -> None:
    with box("invoice"):
        Text(invoice["title"], "invoice-title")
        Text(invoice["description"], "invoice-about")
        Text(f"⭐ {invoice['total_amount']}", "invoice-price")
