"""Telegram on this machine: the Bot API for our bot over HTTP, and the people who talk to it."""
