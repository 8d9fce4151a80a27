"""The right side: what the ledger and the jobs are doing."""
