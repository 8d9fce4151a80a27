"""Many orders at once with faults and kills drawn from a seed, and a proof that the books hold."""
