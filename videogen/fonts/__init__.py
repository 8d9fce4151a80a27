"""The font of the captions, with its licence beside it."""
