"""微信客服: citizens who write from WeChat.

Sources: developer.work.weixin.qq.com/document/path/94670 messages and events, 94677 sending, 95122 the welcome, 94669 handing to a person.

What is pulled (``wecom_kf_pull``) is answered in each customer's turn. At most 5 messages may follow a message of theirs, so what
somebody wrote in one go is answered together where its answers would be more. Each message sent carries an id made from the one that it
answers: what is sent again, after a lost response or a kill between sending and finishing, WeCom refuses, and it counts as sent. Only
answers that were joined, and are joined otherwise after such a kill, are given twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot import texts
from bot.channels.text_desk import Person, Said, TextDesk
from bot.channels.wecom_client import WeComClient
from bot.channels.wecom_kf_allowance import Allowance
from bot.channels.wecom_kf_items import (
    FROM_CUSTOMER,
    KINDS,
    TOO_MANY,
    Item,
    customer_of,
    is_event,
    is_for_good,
    kind_of,
    sent_at,
    with_person,
    words_of,
)
from bot.channels.wecom_kf_messages import (
    MAX_MESSAGES,
    MenuChoice,
    is_whole,
    joined_messages,
    messages_of,
    reasons_message,
    wants_person,
    welcome_message,
)
from bot.channels.wecom_kf_pull import CHANNEL, Message, Puller
from bot.channels.wecom_metrics import WeComMetrics
from bot.errors import StateError, WeComError
from bot.identity import Identities
from bot.state.base import StateStore

log = logging.getLogger(__name__)

BY_PERSON = 3
ANSWER_WITHIN_S, WELCOME_WITHIN_S = 48 * 3600.0, 20.0
#: A message by which a customer is greeted, with questions to begin with.
_GREETED_BY = "你好"
_ENDED = 3
#: What could not be sent, however often it was tried, is tried anew after so many seconds, so many times; then at the next start.
_LATER_S, _LATER_ATTEMPTS = 60.0, 5


@dataclass(slots=True)
class _Customer:
    """Somebody with something to answer.

    Attributes:
        items: What waits, in order.
        wrote: When they wrote last, in whole seconds since 1970.
        task: What answers.
    """

    items: list[Item] = field(default_factory=list)
    wrote: float = 0.0
    task: asyncio.Task[None] | None = None


@dataclass(frozen=True, slots=True)
class _Answer:
    """An item with its answer: the *messages* to send, and what they say to what was *asked*, where that may be joined with others."""

    item: Item
    messages: Sequence[Message]
    said: Said | None = None
    asked: str = ""


class _NothingLeft(Exception):
    """Nothing may be sent to a customer until they write again."""


class CustomerService:
    """Answers customers.

    Args:
        client: Through which messages are pulled and sent.
        desk: Answers.
        identities: Who is who, as keyed hashes.
        state: The inbox, the cursors, and who talks with a person.
        metrics: Counts.
        servicer: Userid of the person that customers are handed to; empty for nobody.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        client: WeComClient,
        desk: TextDesk,
        identities: Identities,
        state: StateStore,
        metrics: WeComMetrics,
        *,
        servicer: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._desk = desk
        self._identities = identities
        self._state = state
        self._metrics = metrics
        self._servicer = servicer
        self._clock = clock
        self._puller = Puller(client, state, self._take, clock=clock)
        self._allowance = Allowance(state, clock=clock)
        self._customers: dict[tuple[str, str], _Customer] = {}
        #: By customer: what nothing could be sent for until they write again.
        self._held: dict[tuple[str, str], list[Item]] = {}
        self._stopping = False

    def __len__(self) -> int:
        """Messages taken in and not yet answered."""
        return sum(len(customer.items) for customer in self._customers.values())

    async def start(self) -> None:
        """Answer what an earlier process pulled and did not finish, and pull what came since."""
        self._take([(key, json.loads(payload)) for key, payload in await self._state.take_over(CHANNEL)])
        await self._puller.start()

    async def stop(self, *, timeout_s: float) -> None:
        """Finish what has begun, within *timeout_s* seconds; the rest is for the next start."""
        await self._puller.stop()
        self._stopping = True
        tasks = {customer.task for customer in self._customers.values() if customer.task}
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=timeout_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if left := len(await self._state.unfinished(CHANNEL)):
            log.warning("wecom customers' messages left for the next start", extra={"count": left})

    async def on_event(self, token: str, open_kfid: str) -> None:
        """The callback kf_msg_or_event: there is something to pull; returns at once."""
        if open_kfid:
            await self._puller.pull(token, open_kfid)

    def _take(self, items: Sequence[tuple[str, Message]]) -> None:
        for key, message in items:
            self._metrics.messages.labels("kf", kind_of(message)).inc()
            self._put(Item(key, message))

    def _put(self, item: Item) -> None:
        """Put an item behind those of its customer."""
        whose = (str(item.message.get("open_kfid", "")), customer_of(item.message))
        customer = self._customers.setdefault(whose, _Customer())
        if item.message.get("origin") == FROM_CUSTOMER:
            customer.wrote = max(customer.wrote, sent_at(item.message))
            customer.items += self._held.pop(whose, [])
        customer.items.append(item)
        if customer.task is None:
            customer.task = asyncio.create_task(self._serve(whose, customer))

    async def _serve(self, whose: tuple[str, str], customer: _Customer) -> None:
        """Answer all that a customer has written; the outermost handler of 微信客服."""
        person = self._person(*whose)
        try:
            while customer.items:
                batch = list(customer.items)
                try:
                    await self._answer_all(person, whose, customer, batch)
                except _NothingLeft:
                    log.warning("wecom customer answered once they write again", extra={"count": len(batch)})
                    self._held.setdefault(whose, []).extend(batch)
                except (WeComError, StateError) as exc:
                    await self._not_sent(batch, exc)
                except Exception:
                    log.exception("wecom customer's message failed")
                    await self._finish(batch)
                del customer.items[: len(batch)]
        finally:
            self._customers.pop(whose, None)

    async def _answer_all(self, person: Person, whose: tuple[str, str], customer: _Customer, batch: list[Item]) -> None:
        """Answer *batch*, up to where the customer is handed to a person."""
        answers: list[_Answer] = []
        for item in batch:
            if await self._state.load_shared(with_person(person)) and not is_event(item.message):
                continue  # a person answers that
            if wants_person(words_of(item.message)):
                await self._send_answers(person, whose, customer, answers)
                answers = []
                await self._hand_over(person, whose, customer, item)
            else:
                answers += await self._answer_guarded(person, item)
        await self._send_answers(person, whose, customer, answers)
        await self._finish(batch)

    async def _answer_guarded(self, person: Person, item: Item) -> list[_Answer]:
        """The answer to one item; an apology where that fails, so that the customer's others are answered all the same."""
        try:
            return await self._answer(person, item)
        except StateError:
            raise
        except Exception:
            log.exception("wecom customer's message failed")
            return [] if is_event(item.message) else [self._answer_of(item, Said(texts.FAILED))]

    async def _answer(self, person: Person, item: Item) -> list[_Answer]:
        message, words = item.message, words_of(item.message)
        if is_event(message):
            await self._on_event(person, item)
            return []
        if message.get("origin") != FROM_CUSTOMER or self._clock() - sent_at(message) > ANSWER_WITHIN_S:
            return []
        if message.get("msgtype") != "text":
            said = await self._desk.only_text(person, KINDS.get(str(message.get("msgtype")), ""))
            return [self._answer_of(item, said)] if said else []
        choice = MenuChoice.read(str((message.get("text") or {}).get("menu_id", "")))
        if choice and not choice.number:
            return await self._judged(item, choice)
        if choice:
            words = await self._question_of(person, choice, words)
            said = await self._desk.choose(person, words, question=item.key)
        else:
            said = await self._desk.respond(person, words, question=item.key)
        return [self._answer_of(item, said, asked=words)] if said else []

    def _answer_of(self, item: Item, said: Said, *, asked: str = "") -> _Answer:
        return _Answer(item, messages_of(said, has_person=bool(self._servicer)), said, asked)

    async def _judged(self, item: Item, choice: MenuChoice) -> list[_Answer]:
        said = await self._desk.judge(choice.reply_id, helpful=choice.helpful, reason=choice.reason)
        if choice.helpful or choice.reason or said.text != texts.FEEDBACK_THANKS:
            return [self._answer_of(item, said)]
        return [_Answer(item, [reasons_message(choice.reply_id)])]

    async def _question_of(self, person: Person, choice: MenuChoice, words: str) -> str:
        """The question of an entry, which may have been too long to be shown whole."""
        last = None if is_whole(words) else await self._state.find_sent(person.key)
        return last.offered[choice.number - 1] if last and last.reply == choice.reply_id and choice.number <= len(last.offered) else words

    async def _on_event(self, person: Person, item: Item) -> None:
        event = item.message.get("event", {})
        kind = event.get("event_type")
        if kind == "enter_session" and event.get("welcome_code"):
            await self._welcome(person, item, str(event["welcome_code"]))
        elif kind == "session_status_change":
            if event.get("change_type") == _ENDED:
                await self._state.drop_shared(with_person(person))
            else:
                await self._note_with_person(person)
        elif kind == "msg_send_fail":
            log.warning("wecom customer did not get a message", extra={"fail_type": event.get("fail_type")})

    async def _welcome(self, person: Person, item: Item, code: str) -> None:
        """Welcome somebody, while the code for it is good."""
        if self._clock() - sent_at(item.message) > WELCOME_WITHIN_S:
            return
        said = await self._desk.ask(person, _GREETED_BY)
        if said is None:
            return
        try:
            message = welcome_message(said, has_person=bool(self._servicer))
            # Tried once more at most: there are 20 seconds.
            await self._client.call("kf/send_msg_on_event", {"code": code, **message}, attempts=2)
        except WeComError as exc:
            log.info("wecom customer not welcomed", extra={"code": exc.code, "detail": exc.message})
        else:
            await self._desk.delivered(person, item.key, said)

    async def _hand_over(self, person: Person, whose: tuple[str, str], customer: _Customer, item: Item) -> None:
        """Hand a customer to a person, who answers from then on; told before, since nothing may be sent after it."""
        if not self._servicer:
            await self._tell(person, whose, customer, item.key, texts.KF_NO_PERSON)
            return
        await self._tell(person, whose, customer, item.key, texts.KF_HANDING_OVER)
        account, user = whose
        asked = {"open_kfid": account, "external_userid": user, "service_state": BY_PERSON, "servicer_userid": self._servicer}
        try:
            await self._client.call("kf/service_state/trans", asked)
        except WeComError as exc:
            log.warning("wecom customer not handed over", extra={"code": exc.code, "detail": exc.message})
            await self._tell(person, whose, customer, f"{item.key} failed", texts.KF_NOT_HANDED_OVER)
        else:
            await self._note_with_person(person)

    async def _note_with_person(self, person: Person) -> None:
        await self._state.save_shared(with_person(person), "yes", self._clock() + ANSWER_WITHIN_S)

    async def _send_answers(self, person: Person, whose: tuple[str, str], customer: _Customer, answers: list[_Answer]) -> None:
        """Send *answers*, each by itself where they are few enough, otherwise joined.

        Raises:
            WeComError: If one of them cannot be sent; those before it are.
            StateError: If it cannot be kept that they are sent.
            _NothingLeft: If nothing may be sent.
        """
        wanted = sum(len(answer.messages) for answer in answers)
        if not wanted:
            return
        granted = await self._allowance.take(person.conversation, min(wanted, MAX_MESSAGES), since=customer.wrote)
        if not granted:
            raise _NothingLeft
        try:
            await self._send_within(granted, whose, answers)
        except WeComError:
            await self._allowance.settle(person.conversation, granted, sent=False)
            raise
        await self._allowance.settle(person.conversation, granted, sent=True)
        self._metrics.answers.labels("customer").inc(len(answers))
        for answer in answers:
            if answer.said:
                await self._desk.delivered(person, answer.item.key, answer.said)

    async def _send_within(self, granted: int, whose: tuple[str, str], answers: list[_Answer]) -> None:
        if granted >= sum(len(answer.messages) for answer in answers):
            for answer in answers:
                await self._send(whose, answer.item.key, answer.messages)
        elif len(answers) == 1:
            fewer = messages_of(answers[0].said, most=granted, has_person=bool(self._servicer)) if answers[0].said else answers[0].messages
            await self._send(whose, answers[0].item.key, fewer)
        else:
            said = [(answer.asked, answer.said or Said(texts.FEEDBACK_WHY)) for answer in answers]
            keys = " ".join(answer.item.key for answer in answers)
            await self._send(whose, keys, joined_messages(said, most=granted, has_person=bool(self._servicer)))

    async def _tell(self, person: Person, whose: tuple[str, str], customer: _Customer, key: str, text: str) -> None:
        """Say *text*, where anything may be said."""
        if await self._allowance.take(person.conversation, 1, since=customer.wrote):
            with contextlib.suppress(_NothingLeft):
                await self._send(whose, key, messages_of(Said(text)))
            await self._allowance.settle(person.conversation, 1, sent=True)

    async def _send(self, whose: tuple[str, str], key: str, messages: Sequence[Message]) -> None:
        """Send *messages* in answer to what has *key*.

        Raises:
            WeComError: If one of them cannot be sent; those before it are.
            _NothingLeft: If it may not be.
        """
        account, user = whose
        for number, message in enumerate(messages):
            # 32 of 0-9 a-f; the same whenever this answer is sent.
            msgid = self._identities.conversation(CHANNEL, "sent", key, number)
            try:
                await self._client.call("kf/send_msg", {"touser": user, "open_kfid": account, "msgid": msgid, **message})
            except WeComError as exc:
                if exc.code == TOO_MANY:
                    raise _NothingLeft from exc
                if "msgid" not in exc.message:  # the number of the error is published nowhere
                    raise

    async def _not_sent(self, batch: list[Item], exc: WeComError | StateError) -> None:
        """Try again later what could not be sent, and give up what never can: too many, too late, or a person has taken over."""
        if isinstance(exc, WeComError) and is_for_good(exc.code):
            log.warning("wecom customer cannot be answered", extra={"code": exc.code, "detail": exc.message})
            await self._finish(batch)
            return
        log.warning("wecom customer not answered", extra={"reason": str(exc)})
        for item in batch:
            item.attempts += 1
            if item.attempts < _LATER_ATTEMPTS:
                asyncio.get_running_loop().call_later(_LATER_S * item.attempts, self._put_again, item)

    def _put_again(self, item: Item) -> None:
        if not self._stopping:
            self._put(item)

    async def _finish(self, batch: Sequence[Item]) -> None:
        for item in batch:
            try:
                await self._state.finish(CHANNEL, item.key)
            except StateError as exc:
                log.warning("wecom customer's message not finished", extra={"reason": str(exc)})

    def _person(self, account: str, user: str) -> Person:
        sender = self._identities.sender(CHANNEL, user)
        return Person(CHANNEL, user, sender, self._identities.conversation(CHANNEL, account, user))
