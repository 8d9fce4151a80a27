"""A made-up past for an empty log: as lawful as a real one, and the same for the same seed."""
