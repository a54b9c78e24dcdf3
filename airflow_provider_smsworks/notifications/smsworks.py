"""The notifier: a text about a task, a run, a deadline or a request, wherever Airflow takes a callback."""

from __future__ import annotations

import ast
import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.notifier import BaseNotifier
from airflow.providers.common.compat.sdk import Context, timezone

from airflow_provider_smsworks.api.errors import SmsWorksError, SmsWorksOutcomeUnknownError
from airflow_provider_smsworks.api.masking import mask_number
from airflow_provider_smsworks.hooks import DEFAULT_CONN_ID
from airflow_provider_smsworks.notifications.thread import run_in_thread
from airflow_provider_smsworks.rendered import is_list_made_text, is_nothing, with_text

if TYPE_CHECKING:
    from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook

_FIELDS = ("to", "content", "details", "sender", "tag")
_MOST_PARTS = 8  # the gateway takes 1,280 characters


class SmsWorksNotifier(BaseNotifier):
    """
    Text somebody about what happens in Airflow.

    For the callbacks of tasks and Dags, for Deadline Alerts in the triggerer (``AsyncCallback``) and in the executor
    (``SyncCallback``), and for ``notifiers`` of human-in-the-loop tasks::

        on_failure_callback = SmsWorksNotifier(to="07911 123456")

    **One part.** A text that takes more parts than ``max_parts`` is shortened: first ``details`` from their end, then
    ``content``. Without ``content`` the notifier says itself what happened, to what, and when, with the error as
    details.

    **It never fails what it speaks about.** Whatever goes wrong (a refused token, no network, a template with a
    mistake) is a warning in the log, without anybody's number. A template that cannot be rendered gives way to the
    notifier's own words.

    **Once.** Every alert carries a key of its occasion (for a task: its try), and before it goes out it is looked for,
    so a callback that Airflow repeats for the same try does not text again. That takes one search for each phone. Two
    processes at the same moment, or a gateway whose searches do not find it yet (``search_lag``), are not seen. If the
    gateway does not answer, the alert is looked for again before it is sent a second time.

    It sends from the process that calls back: the worker for tasks; the Dag processor for Dags, and for tasks whose
    worker died; the triggerer for ``AsyncCallback``. If that dies in the middle, Airflow may or may not call back
    again.

    :param to: a phone or several, as a list or with commas between (templated)
    :param content: what to say; default: what happened (templated)
    :param details: what to add as far as it fits; default: nothing, or without ``content`` an error's first line, its
        numbers and Airflow's secrets masked (templated)
    :param sender: as of operators (templated)
    :param tag: as of operators (templated)
    :param validity: how long the networks may try to deliver, a timedelta of 1 to 2,880 minutes
    :param max_parts: of each text, 1 to 8
    :param smsworks_conn_id: the connection (templated). In the executor's Deadline Alerts Airflow 3.3 gives out no
        connection of its database: define it as an environment variable or in a secrets backend there
    """

    template_fields: Sequence[str] = ("smsworks_conn_id", *_FIELDS)

    def __init__(
        self,
        *,
        to: str | int | Sequence[str | int] | None = None,
        content: str | None = None,
        details: str | None = None,
        sender: str | None = None,
        tag: str | None = None,
        validity: dt.timedelta | None = None,
        max_parts: int = 1,
        smsworks_conn_id: str = DEFAULT_CONN_ID,
        **kwargs: Any,
    ) -> None:
        base = {name: kwargs.pop(name) for name in ("context",) if name in kwargs}
        self._problems = [f"there is no parameter `{name}`" for name in kwargs]
        if to is None:
            self._problems.append("`to` is missing: name the phone that is to be texted")
        if not isinstance(max_parts, int) or not 1 <= max_parts <= _MOST_PARTS:
            self._problems.append(f"`max_parts` must be a whole number, 1 to {_MOST_PARTS}")
        # With a context it was made by whoever calls back, who would log the arguments of what fails, numbers included.
        if self._problems and not base:
            raise TypeError("SmsWorksNotifier: " + "; ".join(self._problems))
        self.to = to
        self.content = content
        self.details = details
        self.sender = sender
        self.tag = tag
        self.validity = validity
        self.max_parts = max_parts
        self.smsworks_conn_id = smsworks_conn_id
        super().__init__(**base)

    def _update_context(self, context: Context) -> Context:
        """Leave the context as it is: it is the task's own, which would get our parameters for its arguments."""
        return context

    def render_template_fields(self, context: Context, jinja_env: Any = None) -> None:
        """Leave the templates as they are: one object speaks of many occasions. They are rendered for each."""

    def notify(self, context: Context) -> None:
        """Send, from where Airflow calls back synchronously."""
        try:
            fields = self._rendered(context)
            hook = self._hook(fields)
            self._send(hook, fields, context)
        except Exception as error:  # whatever it is, it must not fail the task
            self._say_why(error)

    async def async_notify(self, context: Context) -> None:
        """Send, from the triggerer: the connection is read on its event loop, the calls are made in a thread."""
        try:
            fields = self._rendered(context)
            hook = self._hook(fields)
            await hook.aread_connection()
            await run_in_thread(self._send, hook, fields, context)
        except Exception as error:  # as above
            self._say_why(error)

    def _rendered(self, context: Context) -> dict[str, Any]:
        """Return the fields that a template, or the author, made something of."""
        rendered: dict[str, Any] = {}
        jinja_env = None
        dag = context.get("dag")
        # `airflow dags test` (3.3.2) hands callbacks of Dags one without templates.
        dag = dag if hasattr(dag, "get_template_env") else None
        for name in self.template_fields:
            try:
                jinja_env = jinja_env or self.get_template_env(dag=dag)
                value = self.render_template(getattr(self, name), context, jinja_env, set())
            except Exception as error:  # of whatever an author's template calls
                self.log.warning("The template of `%s` cannot be rendered: %s.", name, type(error).__name__)
            else:
                if not is_nothing(value):
                    rendered[name] = value
        return rendered

    def _hook(self, fields: Mapping[str, Any]) -> SmsWorksHook:
        # Deferred: a Dag file that only names a notifier should not pay for the HTTP client.
        from airflow_provider_smsworks.hooks.smsworks import SmsWorksHook

        if self._problems:
            raise _NothingSentError("; ".join(self._problems))
        if "smsworks_conn_id" not in fields:
            raise _NothingSentError("`smsworks_conn_id` is empty, or its template cannot be rendered")
        return SmsWorksHook(fields["smsworks_conn_id"])

    def _send(self, hook: SmsWorksHook, fields: Mapping[str, Any], context: Context) -> None:
        from airflow_provider_smsworks.notifications.alert import Alerts
        from airflow_provider_smsworks.notifications.occasion import occasion_of
        from airflow_provider_smsworks.notifications.words import fit

        if not (phones := _phones(fields.get("to"))):
            raise _NothingSentError("`to` is empty, or its template rendered to nothing")
        occasion = occasion_of(context, timezone.utcnow())
        content, details = fields.get("content"), fields.get("details", "")
        if content is None:
            content, details = occasion.headline, details or occasion.details
        template = json.dumps([self.content, self.details], default=str)
        given = {name: fields[name] for name in ("sender", "tag") if name in fields}
        given |= {"content": fit(str(content), str(details), self.max_parts), "validity": self.validity}
        try:
            alerts = Alerts(hook, occasion, template, now=timezone.utcnow, log=self.log)
            for phone in phones:
                try:
                    result = alerts.send(with_text({"to": phone, **given}))
                except Exception as error:  # the next phone may be somebody who can help
                    self._say_why(error, phone)
                else:
                    told = "had been texted before" if result["adopted"] else "texted"
                    self.log.info("%s %s about this: message %s.", result["to"], told, result["message_id"])
        finally:
            hook.close()

    def _say_why(self, error: Exception, phone: object = None) -> None:
        told = f"{'Nobody was' if phone is None else f'{mask_number(phone)} was not'} texted about this"
        if isinstance(error, SmsWorksOutcomeUnknownError):
            # What it advises is for a task, which is tried again.
            why: object = f"{error.__cause__ or error}. Ask them, or look at the gateway's account page"
            told = f"Whether {mask_number(phone)} was texted about this is not known"
        else:
            # Whose words an error of anybody else holds is not known.
            why = error if isinstance(error, SmsWorksError | _NothingSentError) else type(error).__name__
        self.log.warning("%s: %s", told, why)


class _NothingSentError(Exception):
    """Why an alert cannot be sent; holds nothing personal."""


def _phones(to: Any) -> list[Any]:
    if is_list_made_text(to):
        to = ast.literal_eval(to)
    elif isinstance(to, str):
        to = re.split("[,;\n]", to)
    entries = to if isinstance(to, list | tuple | set | frozenset) else [to]
    phones = [entry.strip() if isinstance(entry, str) else entry for entry in entries]
    return list({str(phone): phone for phone in phones if not is_nothing(phone)}.values())


send_smsworks_notification = SmsWorksNotifier
