"""Photos, videos and files of a chat message."""

from collections.abc import Callable

from infra.sandbox.page import words
from infra.sandbox.page.dom import Text, attribute, box, button, icon
from infra.sandbox.telegram.views import MediaView

OTHERS = {
    "voice": ("mic", "Голосовое сообщение"),
    "video_note": ("radio_button_checked", "Видеосообщение"),
    "audio": ("music_note", "Аудио"),
    "animation": ("gif", "Анимация"),
    "sticker": ("mood", "Стикер"),
}
SHOWN_AS_PICTURE = ("image/jpeg", "image/png", "image/webp")
MEDIA_WIDTH_MAX = 320
MEDIA_HEIGHT_MAX = 400

# In the browser, so that the picture answers the finger at once.
PLAY = "(event) => event.currentTarget.parentElement.querySelector('video').play()"
PLAYING = """(event) => {
    event.currentTarget.controls = true;
    event.currentTarget.parentElement.dataset.played = 'yes';
}"""

HIDE = "(event) => { event.currentTarget.hidden = true }"

Open = Callable[[str], None]


def show_media(media: MediaView, open_photo: Open) -> None:
    match media.kind:
        case "photo":
            _show_photo(media, open_photo)
        case "video":
            _show_video(media)
        case "document":
            _show_document(media)
        case _:
            symbol, name = OTHERS.get(media.kind, ("attachment", "Вложение"))
            with box("file"):
                icon(symbol, "file-icon")
                Text(name, "file-name")


def _show_photo(media: MediaView, open_photo: Open) -> None:
    with button(lambda: open_photo(media.url), "photo", aria="Открыть фото") as frame:
        frame.style(_size_of(media))
        picture = box(tag="img")
        attribute(picture, "src", media.url)
        attribute(picture, "alt", "Фото")


def _show_video(media: MediaView) -> None:
    with box("video").style(_size_of(media)):
        video = box(tag="video")
        attribute(video, "playsinline", value=True)
        attribute(video, "preload", "metadata")
        attribute(video, "src", media.url)
        attribute(video, "aria-label", "Видео")
        poster = media.cover_url or media.thumbnail_url
        if poster:
            attribute(video, "poster", poster)
        video.on("play", js_handler=PLAYING)
        play = Text("", "play", tag="button")
        attribute(play, "type", "button")
        attribute(play, "aria-label", "Смотреть видео")
        play.on("click", js_handler=PLAY)
        with play:
            icon("play_arrow")
        if media.duration_s:
            Text(_clock(media.duration_s), "video-length")


def _show_document(media: MediaView) -> None:
    with box("file", tag="a") as link:
        attribute(link, "href", media.url)
        attribute(link, "download", media.file_name or "file")
        attribute(link, "aria-label", f"Скачать {media.file_name or 'файл'}")
        if media.mime_type in SHOWN_AS_PICTURE and media.size_bytes:
            with box("file-thumb"):
                icon("broken_image")
                picture = box("file-picture", tag="img")
                attribute(picture, "src", media.url)
                attribute(picture, "alt", "")
                picture.on("error", js_handler=HIDE)
        else:
            icon("insert_drive_file", "file-icon")
        with box("file-about"):
            Text(media.file_name or "Файл", "file-name")
            Text(words.size(media.size_bytes), "file-size")


def _size_of(media: MediaView) -> str:
    """Reserve the place before anything is loaded, so that the chat does not jump."""
    width, height = media.width or MEDIA_WIDTH_MAX, media.height or MEDIA_WIDTH_MAX
    scale = min(MEDIA_WIDTH_MAX / width, MEDIA_HEIGHT_MAX / height)
    return f"width: {max(90, round(width * scale))}px; aspect-ratio: {width} / {height}"


def _clock(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02d}"
