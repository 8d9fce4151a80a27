"""The one format of our videos."""

WIDTH_PX = 720
HEIGHT_PX = 1280
FRAMES_PER_S = 30
