"""YooKassa behind the port to providers of payments, through its own SDK."""

from ledger.payments.yookassa_gateway.gateway import YooKassaGateway, open_yookassa

__all__ = ["YooKassaGateway", "open_yookassa"]
