"""The local stack: PostgreSQL, NATS and the services on one machine, without docker or root."""
