"""The credit ledger: owns the event log in PostgreSQL and every rule about credits."""
