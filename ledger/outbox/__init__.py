"""The outbox: the log, told to NATS, at least once and in order."""
