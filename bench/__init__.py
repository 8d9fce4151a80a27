"""How fast the ledger is, measured beside what it is compared with: `./justw bench`."""
