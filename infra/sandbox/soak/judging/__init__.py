"""What is promised, as functions from evidence to sentences about what breaks the promise. Pure."""
