"""What admins can do from a chat: the functions of ``scripts/reload_knowledge.py`` and of the review, away from the event loop."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

from bot import texts
from bot.assistant import Assistant
from bot.errors import BotError
from bot.places import Places
from bot.review import review_groups
from bot.settings import Settings
from bot.state.base import Reason, SectionUse, StateStore
from knowledge.errors import KnowledgeError
from knowledge.release import Releases

log = logging.getLogger(__name__)

#: Lines of a list that fit a message on a phone.
_MOST = 10
#: Questions that are grouped, the newest: each is searched for, and the service goes on answering meanwhile.
_MOST_REVIEWED = 500
_OPTIONS = {"--dry-run", "--only", "--force", "--thorough"}
#: How often a running reload is looked at, in seconds.
_LOOK_S = 0.1


@dataclass(frozen=True, slots=True)
class Done:
    """How an admin command ended.

    Attributes:
        title: In a few words.
        printed: What the script would print; may be empty.
    """

    title: str
    printed: str = ""


class WrongUse(BotError):
    """Arguments that an admin command does not take."""


class Admin:
    """Admin commands on one data directory."""

    def __init__(self, settings: Settings, assistant: Assistant, state: StateStore) -> None:
        self._settings = settings
        self._assistant = assistant
        self._state = state
        self._releases = Releases(settings.data_dir)

    async def reload(self, argument: str, progress: Callable[[str, float], None]) -> Done:
        """Reload in a process of its own, which is stopped when this is cancelled: a reload that is killed changes nothing.

        Args:
            argument: Report ids and options of the script, as typed.
            progress: Told the step and the share done, in [0, 1], as often as it changes.

        Raises:
            WrongUse: If it holds anything else. Paths are for those who are on the machine.
        """
        named, options = _read_reload(argument)
        context = multiprocessing.get_context("spawn")
        receiver, sender = context.Pipe(duplex=False)
        process = context.Process(target=_reload_in_process, args=(sender, self._settings, named, options), daemon=True)
        try:
            process.start()  # some 10 ms; in a thread, a stop meanwhile would leave the process behind
            sender.close()
            while True:
                if not receiver.poll():
                    if not process.is_alive() and not receiver.poll():
                        return Done(texts.RELOAD_FAILED, f"the reload ended with status {process.exitcode}")
                    await asyncio.sleep(_LOOK_S)
                    continue
                kind, *rest = receiver.recv()
                if kind == "done":
                    return Done(*rest)
                progress(*rest)
        except EOFError:
            return Done(texts.RELOAD_FAILED, "the reload was stopped")
        finally:
            if process.pid is not None:
                process.kill()
                process.join()
            receiver.close()

    async def releases(self) -> Done:
        """The kept releases."""
        from bot.reload_report import list_text

        kept = await asyncio.to_thread(self._releases.kept)
        return Done(texts.RELEASES_HEAD, list_text(kept))

    async def roll_back(self, release: str) -> Done:
        """Go back to *release*, or to the previous one where it is empty."""

        def roll_back() -> str:
            with self._releases.locked():
                return self._releases.roll_back(release or None)

        try:
            return Done(texts.ROLLED_BACK.format(release=await asyncio.to_thread(roll_back)))
        except KnowledgeError as exc:
            return Done(texts.ROLLBACK_FAILED, str(exc))

    async def stats(self) -> Done:
        """How often what was asked, and how it went."""
        use = await self._state.section_use()
        return Done(texts.STATS_HEAD, "\n".join(await asyncio.to_thread(_stats_lines, self._assistant, use)))

    async def unanswered(self) -> Done:
        """Questions that were declined or that the report leaves open, alike ones together, the most frequent first."""
        kept = await self._state.questions_for_review()
        wanted = (Reason.REFUSED, Reason.NOT_STATED)
        groups = await asyncio.to_thread(review_groups, kept[-_MOST_REVIEWED:], self._assistant.library, reasons=wanted)
        if not groups:
            return Done(texts.UNANSWERED_NONE)
        lines = []
        for group in groups[:_MOST]:
            lines.append(texts.UNANSWERED_LINE.format(asked=group.asked, question=group.questions[0]))
            if group.proposals:
                lines.append(texts.UNANSWERED_NEAR.format(place=group.proposals[0].heading))
        return Done(texts.UNANSWERED_HEAD, "\n".join(lines))


def _read_reload(argument: str) -> tuple[list[str], list[str]]:
    """Ids and options in *argument*."""
    words = argument.replace("—", "--").split()  # phones join two hyphens
    options = [word for word in words if word in _OPTIONS]
    named = [word for word in words if word not in _OPTIONS]
    if any(word.startswith("-") or set(word) & set("/\\.~") for word in named):
        raise WrongUse(texts.RELOAD_USAGE)
    return named, options


def _reload_in_process(sender: Connection, settings: Settings, named: Sequence[str], options: Sequence[str]) -> None:
    """The process of a reload: tells its steps, and at last how it ended."""
    from bot.reload import ReloadOptions, reload_sources
    from bot.reload_report import reload_text
    from knowledge.errors import ReloadInProgress

    try:
        chosen = ReloadOptions(
            only="--only" in options, dry_run="--dry-run" in options, force="--force" in options, thorough="--thorough" in options
        )
        outcome = reload_sources(settings, named, chosen, progress=lambda step, share: sender.send(("step", step, share)))
        title = texts.RELOAD_STOPPED if outcome.stopped else texts.RELOAD_DONE if outcome.switched else texts.RELOAD_DRY
        sender.send(("done", title, reload_text(outcome)))
    except BrokenPipeError:  # the service is gone, and with it whoever asked
        return
    except ReloadInProgress:
        sender.send(("done", texts.RELOAD_RUNNING, ""))
    except (KnowledgeError, BotError, OSError) as exc:
        sender.send(("done", texts.RELOAD_FAILED, str(exc)))
    finally:
        sender.close()


def _stats_lines(assistant: Assistant, use: Sequence[SectionUse]) -> list[str]:
    library = assistant.library
    default = library.headers[0]
    reached = {one.section for one in use if one.report == default.report.id and one.section}
    lines = [
        f"release {library.release}, {len(library.headers)} reports",
        f"asked {sum(u.asked for u in use)}, refused or left open {sum(u.refused for u in use)}, 👎 {sum(u.unhelpful for u in use)}",
        f"{default.report.id}: {len(reached)} of {default.with_text} sections asked for",
        f"since the start: {_replies_by_channel(assistant) or 'no replies'}",
    ]
    places = Places(library)
    most = sorted((one for one in use if one.section), key=lambda one: -one.asked)[:_MOST]
    return lines + [f"{one.asked:>5}  {places.label(one.report, one.section)}" for one in most]


def _replies_by_channel(assistant: Assistant) -> str:
    replies: Counter[str] = Counter()
    for metric in assistant.metrics.replies.collect():
        for sample in metric.samples:
            if sample.name.endswith("_total"):
                replies[sample.labels["channel"]] += int(sample.value)
    return ", ".join(f"{channel} {count}" for channel, count in replies.most_common())
