"""The rules about credits: pure functions of what is recorded and what is asked."""
