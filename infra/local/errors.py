"""The one error that a person reads: a line that says what is wrong and what to do."""


class StackError(Exception):
    """What is wrong with the local stack, in one line and without a secret."""
