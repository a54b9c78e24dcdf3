"""
What can go wrong, as a small family of exceptions.

Each one answers two questions: ``transient`` (may it pass by itself, so that trying again later can help?)
and ``nothing_sent`` (is it certain that no text left?). No message holds a token or a full phone number.

``no_effect`` is narrower than ``nothing_sent``: the call changed nothing at the gateway, so it may be repeated. A
cancellation whose answer is lost sent nothing, and may have cancelled.
"""

from __future__ import annotations

from collections.abc import Sequence

_SHOWN = 20


class SmsWorksError(Exception):
    """
    Something went wrong between this Airflow and The SMS Works.

    :param message: what was wrong, with which field, and what to do
    :param code: the gateway's own code (4001 to 4034, 5001 to 5034), where it gave one
    :param http_status: the status of the gateway's answer, where there was one
    :param retry_after: seconds that the gateway asked to wait, where it did
    :param transient: whether it may pass by itself, where that differs from the rule of the class
    :param no_effect: whether it is certain that the call changed nothing, where that differs from the rule of the class
    :param sends: whether the call was one that sends
    """

    transient: bool = False
    no_effect: bool = True

    def __init__(
        self,
        message: str,
        *,
        code: int | None = None,
        http_status: int | None = None,
        retry_after: float | None = None,
        transient: bool | None = None,
        no_effect: bool | None = None,
        sends: bool = True,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.http_status = http_status
        self.retry_after = retry_after
        if transient is not None:
            self.transient = transient
        if no_effect is not None:
            self.no_effect = no_effect
        self.nothing_sent = self.no_effect or not sends


class SmsWorksConfigError(SmsWorksError):
    """The connection is incomplete or contradicts itself; whoever keeps it must act."""


class SmsWorksValidationError(SmsWorksError, ValueError):
    """
    A request was refused before it went out.

    :param problems: everything that is wrong with it, each naming its field and the remedy; the text of the error has
        the first twenty
    """

    def __init__(self, problems: Sequence[str]) -> None:
        shown, more = problems[:_SHOWN], len(problems) - _SHOWN
        rest = f"; and {more:,} more, all of them in `problems` of this error" if more > 0 else ""
        super().__init__("This call was not made: " + "; ".join(shown) + rest + ".")
        self.problems = list(problems)

    def __reduce__(self) -> tuple[type[SmsWorksValidationError], tuple[list[str]]]:
        return type(self), (self.problems,)


class SmsWorksRejectedError(SmsWorksError):
    """The gateway read the request and refused it; asking again will not help, unless it says that it may."""


class SmsWorksAuthError(SmsWorksRejectedError):
    """The token, or the key and secret it is fetched with, was refused (401)."""


class SmsWorksCreditError(SmsWorksRejectedError):
    """
    The account has too little credit (402, code 4021).

    It ends the task, because nobody may buy credit tonight. A task with a ``SmsWorksRetryPolicy`` (Airflow 3.3 and
    later) waits for it instead.
    """


class SmsWorksAccountError(SmsWorksRejectedError):
    """The account may not do this, or is disabled (403, codes 4007 and 4031 to 4034)."""


class SmsWorksNotFoundError(SmsWorksRejectedError):
    """The gateway knows nothing by this id (404, or 400 with code 4008)."""


class SmsWorksRateLimitError(SmsWorksError):
    """Too many calls (429); ``retry_after`` says how many seconds to wait, where the gateway says so."""

    transient = True


class SmsWorksUnavailableError(SmsWorksError):
    """
    The gateway could not be reached, did not answer in time, or failed itself (408, 5xx, code 5002).

    ``nothing_sent`` tells whether the call had left before it failed.
    """

    transient = True
    no_effect = False


class SmsWorksUnreadableError(SmsWorksError):
    """There was an answer, but it cannot be read: HTML, truncated JSON, other shapes, too long."""

    transient = True
    no_effect = False


class SmsWorksOutcomeUnknownError(SmsWorksError):
    """
    A text may or may not have gone out, and looking for it found nothing.

    Raised by sending once; with ``on_unknown="retry"`` the next try looks again before it sends.
    """

    transient = True
    no_effect = False


class SmsWorksUndeliveredError(SmsWorksError):
    """
    A text did not arrive: the phone or its network failed it, or nobody reported in time that it did.

    The gateway's codes 5001 to 5034 say so of a message that was sent. Where one of them is the answer to a send, what
    became of the text is open; ``transient`` says whether sending it again later can help.
    """

    no_effect = False
