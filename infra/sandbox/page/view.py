"""One open page: both columns, and the clock that keeps them up to date."""

from nicegui import ui

from contracts.ids import telegram_account
from infra.sandbox.log_reader import Marks, NoLinkError
from infra.sandbox.page import people
from infra.sandbox.page.backstage import Backstage
from infra.sandbox.page.chat.pane import ChatPane
from infra.sandbox.page.dom import attribute, box
from infra.sandbox.page.header import Header, Tabs
from infra.sandbox.page.log.pane import LogPane, Subject
from infra.sandbox.page.people import PeopleStrip
from infra.sandbox.page.real_bot import AccountPicker

REFRESH_S = 0.1
ACCOUNTS_MAX = 50


class PageView:
    """With a real bot there is no chat to show, only accounts to choose from."""

    def __init__(self, backstage: Backstage, person_id: int | None) -> None:
        self._backstage = backstage
        self._account: str | None = None
        self._accounts: list[str] = []
        self._listed: Marks | None = None
        with box("page") as page:
            attribute(page, "data-tab", "chat")
            self._header = Header([one.name for one in backstage.health()])
            Tabs()
            with box("columns", tag="main"):
                if not backstage.bot_is_real:
                    self._strip = PeopleStrip(self._choose, self._add)
                with box("column chat-column", tag="section") as column:
                    attribute(column, "aria-label", "Чат с ботом")
                    if backstage.bot_is_real:
                        self._picker = AccountPicker(self._choose_account)
                    else:
                        self._chat = ChatPane(backstage)
                with box("column log-column", tag="section") as column:
                    attribute(column, "aria-label", "Что происходит в леджере")
                    self._log = LogPane(backstage)
        self._person_id = 0
        if not backstage.bot_is_real:
            self._meet(person_id)
        ui.timer(REFRESH_S, self._refresh)

    async def _refresh(self) -> None:
        self._header.show(self._backstage.health())
        if self._backstage.bot_is_real:
            await self._refresh_accounts()
        else:
            await self._refresh_chat()

    async def _refresh_chat(self) -> None:
        world = self._backstage.world
        chat = world.find_chat(self._person_id)
        if chat is None:
            # The sandbox was reset: everybody is gone.
            self._meet(None)
            return
        self._strip.show(world.chats(), self._person_id)
        self._chat.refresh()
        subject = Subject(telegram_account(self._person_id), chat.person.first_name)
        await self._log.refresh(subject, people.names_of(world))

    async def _refresh_accounts(self) -> None:
        marks = self._backstage.follower.marks
        if marks is not None and marks != self._listed:
            try:
                self._accounts = await self._backstage.reader.accounts(limit=ACCOUNTS_MAX)
            except NoLinkError:
                return
            self._listed = marks
        if self._accounts:
            self._account = self._account or self._accounts[0]
            self._picker.show(self._accounts, self._account)
        await self._log.refresh(Subject(self._account, self._account or "не выбран"), {})

    def _meet(self, person_id: int | None) -> None:
        chats = people.present(self._backstage.world)
        known = {chat.chat_id for chat in chats}
        self._choose(person_id if person_id in known else people.last_heard(chats).chat_id)

    def _choose(self, person_id: int | None) -> None:
        if person_id is None or person_id == self._person_id:
            return
        self._person_id = person_id
        # A reload comes back to the same person.
        ui.navigate.history.replace(f"/?person={person_id}")
        self._chat.show(person_id)

    def _add(self) -> None:
        world = self._backstage.world
        self._choose(people.add(world, people.next_name(world)).chat_id)

    def _choose_account(self, account: str) -> None:
        self._account = account
