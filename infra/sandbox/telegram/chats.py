"""What a chat is made of: a person, messages, and what the person sees around them."""

from dataclasses import asdict, dataclass, field

from pydantic import TypeAdapter

from infra.sandbox.telegram.json_types import Json


@dataclass
class Person:
    person_id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str = "ru"

    def as_user(self) -> Json:
        user: Json = {"id": self.person_id, "is_bot": False, "first_name": self.first_name}
        return {**user, **self._names(), "language_code": self.language_code}

    def as_chat(self) -> Json:
        chat: Json = {"id": self.person_id, "first_name": self.first_name}
        return {**chat, **self._names(), "type": "private"}

    def _names(self) -> Json:
        names = {"last_name": self.last_name, "username": self.username}
        return {key: value for key, value in names.items() if value}


@dataclass
class ChatMessage:
    """A message as it stands, with what the Bot API does not show of it."""

    message_id: int
    wire: Json
    """As the Bot API shows it."""
    outgoing: bool
    """Sent by the bot."""
    revision: int = 0
    edits: int = 0
    has_other_markup: bool = False
    """Sent with a keyboard that is not inline: Telegram does not let it be edited."""
    reactions: list[str] = field(default_factory=list[str])

    @property
    def keyboard(self) -> list[list[Json]]:
        return self.wire.get("reply_markup", {}).get("inline_keyboard", [])


@dataclass
class ChatState:
    """What is kept of a chat besides its messages."""

    person: Person
    revision: int = 0
    is_started: bool = False
    is_blocked: bool = False
    reply_markup: Json | None = None
    """The keyboard that replaces the usual one."""
    deleted_ids: list[int] = field(default_factory=list[int])


@dataclass
class Answer:
    text: str | None
    show_alert: bool
    url: str | None
    answered_at: float


@dataclass
class Callback:
    callback_id: str
    data: str
    message_id: int
    tapped_at: float
    answer: Answer | None = None


@dataclass
class Chat:
    state: ChatState
    messages: dict[int, ChatMessage] = field(default_factory=dict[int, ChatMessage])
    callbacks: list[Callback] = field(default_factory=list[Callback])
    action: str | None = None
    action_until: float = 0

    @property
    def chat_id(self) -> int:
        return self.state.person.person_id

    @property
    def person(self) -> Person:
        return self.state.person


READ_STATE = TypeAdapter(ChatState)
READ_MESSAGE = TypeAdapter(ChatMessage)


def to_json(part: ChatState | ChatMessage) -> Json:
    return asdict(part)
