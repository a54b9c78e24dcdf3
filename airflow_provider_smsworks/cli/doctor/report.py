"""What the doctor found: told as it is found, or as JSON at the end."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from airflow_provider_smsworks.cli.output import print_json, wrapped

Level = Literal["ok", "note", "warning", "wrong"]


@dataclass(frozen=True)
class Finding:
    """
    One line.

    :param step: what was looked at
    :param remedy: what to do, where something can be done
    """

    level: Level
    step: str
    text: str
    remedy: str | None = None


@dataclass(frozen=True)
class Answer:
    """
    What the real gateway answered to a question that its documents leave open.

    :param question: in few words
    :param documents: what they say
    :param seen: what was seen; None: the question could not be answered
    :param means: what that means for Dags and settings, or why there is no answer
    :param readings: settings of the sandbox that make it behave so
    """

    question: str
    documents: str
    seen: str | None
    means: str
    readings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Sent:
    """
    What became of something that goes to a phone.

    :param outcome: ``found`` is accepted too: its answer was lost, and the gateway shows it
    :param id: the gateway's, if it is known
    """

    what: str
    outcome: Literal["accepted", "found", "unknown", "refused", "scheduled", "cancelled", "not cancelled"]
    id: str | None = None

    def __str__(self) -> str:
        words = {
            "accepted": "went out",
            "found": "went out, as a search shows; the answer was lost",
            "unknown": "may have gone out, or not: there was no answer",
            "refused": "did not go out",
            "scheduled": "is scheduled",
            "cancelled": "was taken back",
            "not cancelled": "IS STILL SCHEDULED, or may be",
        }
        return f"{self.what} {words[self.outcome]}" + (f" (id {self.id})" if self.id else "")


class Report:
    """
    Everything that was found.

    :param is_told: whether people read along; else it is JSON at the end
    """

    def __init__(self, *, is_told: bool) -> None:
        self.findings: list[Finding] = []
        self.answers: list[Answer] = []
        self.sent: list[Sent] = []
        self.advice: dict[str, Any] | None = None
        self._is_told = is_told
        # Meanwhile the standard output is somewhere else.
        self._out = sys.stdout

    @property
    def is_wrong(self) -> bool:
        """Whether something has to be done."""
        return any(finding.level == "wrong" for finding in self.findings)

    @property
    def readings(self) -> dict[str, Any]:
        """The settings with which the sandbox behaves as the gateway did."""
        return {name: value for answer in self.answers for name, value in answer.readings.items()}

    def add(self, level: Level, step: str, text: str, remedy: str | None = None) -> None:
        """Note a finding."""
        self.findings.append(Finding(level, step, text, remedy))
        self.say(wrapped(text, f"{level:<8} {step:<11} "))
        if remedy:
            self.say(wrapped(remedy, " " * 21 + "-> ", 24))

    def answer(self, answer: Answer) -> None:
        """Note an answer."""
        self.answers.append(answer)
        self.say(f"\n{len(self.answers)}. {answer.question}")
        self.say(wrapped(answer.documents, "   documents  "))
        self.say(wrapped(answer.seen or "no answer", "   seen       "))
        self.say(wrapped(answer.means, "   so         "))

    def went_out(self, sent: Sent) -> None:
        """Note what was sent, or may have been."""
        self.sent.append(sent)
        self.say(wrapped(str(sent), "\n* "))

    def say(self, text: str) -> None:
        """Tell people who read along."""
        if self._is_told:
            print(text, file=self._out, flush=True)

    def end(self, *, was_stopped: bool = False) -> None:
        """Tell the rest."""
        if not self._is_told:
            print_json(
                {
                    "findings": [asdict(finding) for finding in self.findings],
                    "answers": [asdict(answer) for answer in self.answers],
                    "sent": [asdict(one) for one in self.sent],
                    "extra": self.advice,
                    "sandbox_settings": self.readings or None,
                    "stopped": was_stopped,
                }
            )
            return
        if was_stopped:
            self.say("\nStopped. " + ("Until then:" if self.sent else "Nothing was sent."))
            for what in self.sent:
                self.say(wrapped(str(what), "  "))
        elif not self.answers:
            counts = {level: sum(one.level == level for one in self.findings) for level in ("wrong", "warning")}
            self.say(f"\n{counts['wrong']} wrong, {counts['warning']} warning(s). Nothing was sent.")
