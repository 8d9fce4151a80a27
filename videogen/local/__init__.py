"""The provider that renders on this machine: a photo, a moving camera and captions, by ffmpeg."""

from videogen.local.provider import LocalProvider

__all__ = ["LocalProvider"]
