"""The answers to the bot's questions in Slack, chosen or come by time → what was asked goes on. Called by talk.py."""

from dataclasses import dataclass, replace

from bot.slack.deciding import Deciding, press
from bot.slack.facts import SlackFacts
from bot.slack.heard import OptionChosen
from bot.slack.linking import Linking
from bot.slack.utterance import kept
from bot.store import Question
from handlers import wording
from handlers.events import SlackThread
from handlers.slack_events import RepositoryChosen
from handlers.slack_words import CHOOSE


@dataclass(frozen=True)
class Answers:
    deciding: Deciding
    linking: Linking

    @property
    def facts(self) -> SlackFacts:
        return self.deciding.facts

    async def chosen(self, chosen: OptionChosen) -> str:
        """Somebody chose from a menu."""
        question = await self.facts.store.questions.get(chosen.block_id) if chosen.action_id == CHOOSE else None
        if question is None or question.kind != "repository":
            return "no_question"
        said = kept(question.document)
        if (said.team, said.user) != (chosen.team, chosen.user):
            place = SlackThread(chosen.team, chosen.channel, chosen.thread_ts or chosen.message_ts, chosen.user)
            asker = await self.facts.asker(press(chosen, place, f"choice:{question.id}"))
            return await self.deciding.say(asker, wording.slack_not_your_question())
        return await self._answered(question, chosen.value, response_url=chosen.response_url)

    async def due(self, name: str) -> str:
        """The time of a question, or of a look at GitHub's answer, has come."""
        question = await self.facts.store.questions.get(name)
        if question is None or question.closed:
            return "closed"
        if question.kind == "device":
            words = await self.linking.look(question)
            return await self.deciding.done([words] if words else [])
        return await self._answered(question, self.facts.settings.slack_repository, by_time=True)

    async def _answered(
        self, question: Question, repository: str, *, response_url: str = "", by_time: bool = False
    ) -> str:
        """Takes up what was said, with the answer that stands: the first one, whoever else answers at the same time."""
        answer = {"repository": repository, "by_time": by_time}
        stands = await self.facts.store.questions.answer(question.id, answer) or answer
        chosen, timed = str(stands["repository"]), bool(stands["by_time"])
        event = await self.facts.asked(kept(question.document), chosen=chosen)
        if question.closed:
            return "closed"
        done = await self.deciding.decided(event) if chosen else ""
        settled = RepositoryChosen(
            asker=replace(event.asker, response_url=response_url),
            question=question.id,
            repository=chosen,
            by_time=timed,
            keep=bool(event.asker.login) and not timed,
        )
        return ",".join(part for part in (done, await self.deciding.decided(settled)) if part)
