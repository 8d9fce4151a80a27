"""Sort what KIE says into `Trouble`s: by code where that is enough, by its words where it is not.

Only words that name the photo or the content blame them. KIE's texts are not promised to stay.
"""

from videogen.failures import Trouble

DECIDED = {
    401: Trouble.KEY_REFUSED,
    402: Trouble.BALANCE_EMPTY,
    433: Trouble.KEY_CAPPED,
    451: Trouble.UPLOAD_NOT_FETCHED,
    455: Trouble.MAINTENANCE,
    505: Trouble.MODEL_GONE,
}
"""Whatever the words: the code is unambiguous."""

PHRASES = (
    (Trouble.BALANCE_EMPTY, ("credits insufficient", "credits are insufficient")),
    (Trouble.KEY_CAPPED, ("points used by apikey",)),
    (Trouble.MODEL_GONE, ("not published",)),
    (Trouble.TASK_NOT_VISIBLE, ("recordinfo is null", "record is null", "task not found")),
    (Trouble.UPLOAD_NOT_FETCHED, ("failed to fetch the image",)),
    (Trouble.BUSY, ("limit for concurrent generations",)),
    (Trouble.REQUEST_REFUSED, ("only english prompts",)),
    (
        Trouble.CONTENT_REFUSED,
        (
            "inappropriate content",
            "content_policy",
            "content policies",
            "content policy",
            "prompt was flagged",
            "input was flagged",
            "image was flagged",
            "flagged as sensitive",
            "our ai moderator",
            "unsafe image",
        ),
    ),
    (
        Trouble.PHOTO_REFUSED,
        ("incorrect image format", "unsupported width or height", "image format is not supported"),
    ),
)

BY_CODE = {
    400: Trouble.REQUEST_REFUSED,
    403: Trouble.KEY_REFUSED,
    404: Trouble.ADDRESS_WRONG,
    408: Trouble.UPSTREAM_SILENT,
    413: Trouble.REQUEST_REFUSED,
    422: Trouble.REQUEST_REFUSED,
    429: Trouble.RATE_LIMITED,
    501: Trouble.GENERATION_FAILED,
}

BY_STATUS = {
    401: Trouble.KEY_REFUSED,
    403: Trouble.EDGE_BLOCKED,
    404: Trouble.ADDRESS_WRONG,
    405: Trouble.ADDRESS_WRONG,
    413: Trouble.REQUEST_REFUSED,
    429: Trouble.RATE_LIMITED,
}

SERVER = range(500, 600)


def trouble_of_code(code: int, message: str) -> Trouble:
    """Sort the refusal of a call. A failing server's words do not prove that it made no task."""
    if code in DECIDED:
        return DECIDED[code]
    if code in SERVER:
        return BY_CODE.get(code, Trouble.SERVER_FAILED)
    return _by_words(message) or BY_CODE.get(code, Trouble.UNSORTED)


def trouble_of_status(status: int) -> Trouble:
    """Sort an answer that came from what stands before the service, as an HTML page does."""
    if status in SERVER:
        return Trouble.EDGE_FAILED
    return BY_STATUS.get(status, Trouble.UNSORTED)


def trouble_of_task(code: int | None, message: str) -> Trouble:
    """Sort the end of a task. Its words count whatever the code: 500 was seen with each of them."""
    by_words = _by_words(message)
    if by_words is not None:
        return by_words
    return Trouble.UNSORTED if code is None else trouble_of_code(code, "")


def _by_words(message: str) -> Trouble | None:
    said = message.lower()
    for trouble, phrases in PHRASES:
        if any(phrase in said for phrase in phrases):
            return trouble
    return None
