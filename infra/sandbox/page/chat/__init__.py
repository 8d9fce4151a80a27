"""The left side: the chat as its person sees it."""
