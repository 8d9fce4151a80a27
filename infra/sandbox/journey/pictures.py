"""Two product photos that nobody could take for each other."""

import io

from PIL import Image, ImageDraw, ImageFilter

SIZE = (900, 1200)


def mug() -> bytes:
    """A red mug on a light table."""
    image = Image.new("RGB", SIZE, (236, 229, 216))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 840, 900, 1200), fill=(196, 164, 128))
    draw.ellipse((220, 880, 720, 960), fill=(150, 122, 92))
    draw.ellipse((560, 480, 800, 780), outline=(176, 32, 36), width=44)
    draw.rounded_rectangle((240, 400, 640, 920), radius=60, fill=(206, 42, 46))
    draw.ellipse((240, 350, 640, 450), fill=(120, 20, 24))
    draw.rounded_rectangle((290, 470, 340, 860), radius=24, fill=(232, 110, 110))
    return _jpeg(image)


def backpack() -> bytes:
    """A blue backpack before a green wall."""
    image = Image.new("RGB", SIZE, (64, 120, 84))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 980, 900, 1200), fill=(38, 70, 52))
    draw.arc((330, 180, 570, 420), 180, 360, fill=(18, 34, 84), width=30)
    draw.rounded_rectangle((200, 280, 700, 1060), radius=150, fill=(34, 66, 160))
    draw.rounded_rectangle((260, 660, 640, 1000), radius=60, fill=(24, 46, 118))
    draw.rectangle((260, 740, 640, 760), fill=(240, 196, 60))
    draw.rectangle((300, 430, 600, 448), fill=(240, 196, 60))
    return _jpeg(image)


def _jpeg(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(1.5)).save(target, "JPEG", quality=90)
    return target.getvalue()
