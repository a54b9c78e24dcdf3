"""What operators have in common that text everybody in a table."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from typing import TYPE_CHECKING, Any, cast

from airflow.providers.common.compat.sdk import Context, timezone

from airflow_provider_smsworks.api.errors import SmsWorksValidationError
from airflow_provider_smsworks.api.masking import mask_numbers
from airflow_provider_smsworks.failing import permanent_errors_end_the_task
from airflow_provider_smsworks.operators.base import show_label
from airflow_provider_smsworks.operators.many_base import SmsWorksTextToManyOperator
from airflow_provider_smsworks.rendered import with_text

if TYPE_CHECKING:
    from airflow_provider_smsworks.api.requests.rows import MessageRows
    from airflow_provider_smsworks.sending.entries import BadEntry, Entry, Outcome
    from airflow_provider_smsworks.sending.many import TextsToMany
    from airflow_provider_smsworks.sending.task import SendingTask
    from airflow_provider_smsworks.sending.text import Text
    from airflow_provider_smsworks.transfers.table.rows import Table, Wanted


class SmsWorksRowsOperator(SmsWorksTextToManyOperator):
    """
    What operators have in common that text everybody in a table, once each.

    **The text of a row** is ``content`` with the row's cells in it, in Python's format syntax: ``{name}``,
    ``{eta:%A}``, ``{price:.2f}``; a brace is written twice. Airflow renders its own ``{{ }}`` first. A cell that the
    text needs and that is empty makes the row a bad one, and nobody is texted "None".

    **Bad rows** (an empty cell, a number that nobody has, a text that is too long) are named by key and reason, or by
    their place in the table where they have no key. Unless ``max_failed`` allows that many of them, the task fails
    before anything goes out. A column that is not there fails it before a row is read.

    **Twice in the table**: of several rows with one phone, in whatever spelling, the first one counts, and the others
    are reported as duplicates. Keys may be there twice then. With ``one_text_per_number=False`` each key gets a text:
    several of them may go to one phone, and of several rows with one key the first one counts.

    **If the worker dies**, the next try reads the table anew and texts those who have not got theirs, as
    :class:`SmsWorksTextToManyOperator` says. Whoever was texted gets nothing more though the table has changed since,
    and who has come into it is texted too. The table is read to its end, and closed, before anything goes out.

    **The manifest** is a CSV file with a line for each row: ``key``, ``status`` (``SENT``, ``FAILED``, ``DUPLICATE``,
    ``UNKNOWN`` after a call whose outcome is open, ``NOT_SENT``), ``batch_id`` and ``reason``. Each try that sends
    writes it anew at its end, a failing one too; if the worker dies, the next try does. If it cannot be written, the
    log says so, the result has ``manifest: "failed"``, and the task goes on: the texts have gone out, and to fail would
    not take them back. It holds keys as they are, and no numbers.

    :param key: the column that names each row in errors, logs (where numbers in it are masked) and manifest, such as
        an order's id
    :param to: the column with the phone
    :param content: the text of each row, 1 to 1,280 characters when it is filled in (templated)
    :param one_text_per_number: whether a phone gets one text; else each key gets one
    :param manifest: where to write what became of each row: a local path, or what ``ObjectStoragePath`` takes, such
        as ``s3://conn_id@bucket/late/{{ ds }}.csv`` (templated)
    :param dry_run: do everything but send: read and check the whole table, and return what it would cost, whatever
        has gone out already. It fails where the task would fail before it sends, and writes no manifest

    The other parameters are those of :class:`SmsWorksTextToManyOperator` (``max_failed calls_at_once``),
    :class:`SmsWorksTextOperator` (``sender tag validity ttl delivery_report_url ai``) and
    :class:`SmsWorksSendOperator`.

    :return: counts, and nothing that grows with the table: ``status recipients failed duplicates batches parts
        credits_used adopted manifest reference``; of a dry run ``status recipients failed duplicates parts
        least_credits most_credits balance reference``, ``balance`` where ``check_balance`` asks for it. A table
        without rows is no failure: ``recipients`` is 0
    :raises AirflowFailException: nothing was sent, and no retry would change that
    """

    template_fields: Sequence[str] = (*SmsWorksTextToManyOperator.template_fields, "content", "manifest")
    shown_as = {**SmsWorksTextToManyOperator.shown_as, "manifest": show_label}
    must_be = SmsWorksTextToManyOperator.must_be | {"manifest"}

    def __init__(
        self,
        *,
        key: str,
        to: str,
        content: str,
        one_text_per_number: bool = True,
        manifest: Any = None,
        dry_run: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.key = key
        self.to = to
        self.content = content
        self.one_text_per_number = one_text_per_number
        self.manifest = manifest
        # Operators have a method `dry_run`.
        self.only_tries = dry_run
        self._manifest_state = "unchanged"

    def execute(self, context: Context) -> dict[str, Any]:
        """Text everybody, and return counts."""
        if self.only_tries:
            return self._try(context)
        if (manifest := self.given("manifest")["manifest"]) is not None:
            # Before anything goes out: whether there is such a storage at all.
            _ = _storage_path(manifest).fs
        result = self.send_once(context, lambda task: self._text(task, None if manifest is None else self._report))
        # The ids are as many as calls; who wants them has the manifest. Of texts that were found they may be unknown.
        batch_ids = result.pop("batch_ids")
        batches = len(batch_ids) if batch_ids or not result["recipients"] else None
        return {**result, "batches": batches, "manifest": None if manifest is None else self._manifest_state}

    @abstractmethod
    def table(self) -> AbstractContextManager[Table]:
        """Open the table."""

    def entries(self, rows: MessageRows) -> Iterator[Entry | BadEntry]:
        """Yield a text for each row of the table, or what is wrong with it."""
        wanted = self._wanted()
        with self.table() as table:
            yield from wanted.entries(table, rows)

    def problems(self, context: Context) -> list[str]:
        """Return what is wrong with the author's choices, before anything is read."""
        problems = super().problems(context)
        for name in ("key", "to"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name):
                problems.append(f"`{name}` must be the name of a column")
        for name, value in {"one_text_per_number": self.one_text_per_number, "dry_run": self.only_tries}.items():
            if not isinstance(value, bool):
                problems.append(f"`{name}` must be True or False")
        try:
            self._wanted()
        except SmsWorksValidationError as error:
            problems += error.problems
        return problems

    def hand_on(self, context: Context, result: Mapping[str, Any]) -> None:
        """Hand nothing on but counts: ids are as many as calls."""

    def _text(self, task: SendingTask, outcomes: Callable[[Iterator[Outcome]], None] | None) -> Text:
        # Deferred: a Dag file that only names an operator should not pay for what runs later.
        from airflow_provider_smsworks.sending.many import many_text

        return many_text(task, self.entries, self.arguments(), max_failed=self.max_failed, outcomes=outcomes)

    def _try(self, context: Context) -> dict[str, Any]:
        """Do what comes before sending, and return what would go out."""
        from airflow_provider_smsworks.sending.cost import Budget, Credits
        from airflow_provider_smsworks.sending.identity import Attempt
        from airflow_provider_smsworks.sending.task import SendingTask

        with permanent_errors_end_the_task():
            if problems := self.problems(context):
                raise SmsWorksValidationError(problems)
            attempt = Attempt.of_task(context, timezone.utcnow())
            text = self._text(SendingTask(self.hook, attempt, self.given("send_key")["send_key"]), None)
            with closing(cast("TextsToMany", text.many)) as many:
                bill, failed, duplicates = many.bill, many.spool.bad, many.spool.duplicates
                asks = many.takes_calls > 1 if self.check_balance is None else self.check_balance
            # Prices abroad are asked for also where there is no limit to compare them with.
            most = math.inf if self.max_credits is None else self.max_credits
            budget = Budget(self.max_parts, most, asks)
            credits = budget.check(self.hook, bill, self.log) if bill.texts else Credits(0, 0)
            balance = self.hook.get_credits() if asks else None
        self.log.info("A dry run: nothing was sent.")
        return {
            "status": "DRY_RUN",
            "recipients": bill.texts,
            "failed": failed,
            "duplicates": duplicates,
            "parts": bill.parts,
            "least_credits": credits.least,
            "most_credits": credits.most,
            "balance": balance,
            "reference": self.reference,
        }

    def _report(self, outcomes: Iterator[Outcome]) -> None:
        """Write the manifest; what has gone out matters more than whether it can be."""
        from airflow_provider_smsworks.transfers.table.manifest import write_manifest

        try:
            write_manifest(_storage_path(self.given("manifest")["manifest"]), outcomes)
        except Exception as error:
            self._manifest_state = "failed"
            why = mask_numbers(f"{type(error).__name__}: {error}")
            self.log.error("The manifest could not be written (%s). What was sent was sent.", why)
        else:
            self._manifest_state = "written"

    def _wanted(self) -> Wanted:
        from airflow_provider_smsworks.transfers.table.rows import Wanted
        from airflow_provider_smsworks.transfers.table.template import RowTemplate

        template = RowTemplate(with_text(self.given("content"))["content"])
        return Wanted(self.key, self.to, template, one_text_per_number=self.one_text_per_number)


def _storage_path(path: Any) -> Any:
    from airflow.providers.common.compat.sdk import ObjectStoragePath

    return ObjectStoragePath(path)
