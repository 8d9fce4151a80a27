"""The Telegram bot: shows what the ledger says and asks for what a person wants. Holds no money."""
