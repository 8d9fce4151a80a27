"""Projections: what the log says, arranged for reading."""
