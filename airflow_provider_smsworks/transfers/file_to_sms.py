"""Texts to everybody in a file."""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import Context

from airflow_provider_smsworks.operators.base import show_label
from airflow_provider_smsworks.transfers.base import SmsWorksRowsOperator

if TYPE_CHECKING:
    from airflow_provider_smsworks.transfers.table.files import FileFormat
    from airflow_provider_smsworks.transfers.table.rows import Table


class FileToSmsWorksOperator(SmsWorksRowsOperator):
    """
    Text everybody in a file, once each.

    .. code-block:: python

        FileToSmsWorksOperator(
            task_id="text_late_parcels",
            path="s3://conn_id@lake/late/{{ ds }}.parquet",
            key="order_id",
            to="phone",
            content="Hello {name}, your parcel comes on {eta:%A}.",
            max_failed=0.01,
        )

    **CSV**: the first line names the columns, all cells are text, an empty one holds nothing. A line with more or fewer
    cells is a bad row, an empty line is none. A quotation mark that nobody closes fails the task: what stands behind
    it would be left out in silence.

    **Parquet** (``pip install 'airflow-provider-smsworks[parquet]'``): only the needed columns are read. Dates, moments
    and numbers keep their kinds, and can be written as ``{eta:%A}``.

    :param path: a local path, or what ``ObjectStoragePath`` takes, or one (templated)
    :param file_format: ``"csv"`` or ``"parquet"``; default: by the name's end, of ``.csv .csv.gz .parquet .pq``
    :param encoding: of CSV; default: UTF-8, with a byte order mark or without
    :param delimiter: of CSV, one character

    The other parameters, what is returned, and what happens with bad rows and if the worker dies, are those of
    :class:`SmsWorksRowsOperator`.
    """

    template_fields: Sequence[str] = (*SmsWorksRowsOperator.template_fields, "path")
    shown_as = {**SmsWorksRowsOperator.shown_as, "path": show_label}
    must_be = SmsWorksRowsOperator.must_be | {"path"}

    def __init__(
        self,
        *,
        path: Any,
        file_format: FileFormat | None = None,
        encoding: str = "utf-8-sig",
        delimiter: str = ",",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.path = path
        self.file_format = file_format
        self.encoding = encoding
        self.delimiter = delimiter

    def problems(self, context: Context) -> list[str]:
        """Return what is wrong with the author's choices, before anything is read."""
        problems = super().problems(context)
        if self.file_format not in (None, "csv", "parquet"):
            problems.append("`file_format` must be one of csv, parquet")
        elif self._format() is None:
            problems.append("`path` does not end as a CSV or Parquet file does: say which it is in `file_format`")
        try:
            codecs.lookup(self.encoding)
        except (LookupError, TypeError):
            problems.append("`encoding` must be one that Python knows, such as utf-8-sig or cp1252")
        if not isinstance(self.delimiter, str) or len(self.delimiter) != 1 or self.delimiter in '\r\n"':
            problems.append("`delimiter` must be one character, and neither a quotation mark nor a line break")
        return problems

    def table(self) -> AbstractContextManager[Table]:
        """Open the file."""
        from airflow.providers.common.compat.sdk import ObjectStoragePath

        from airflow_provider_smsworks.transfers.table.files import file_table

        path = ObjectStoragePath(self.given("path")["path"])
        return file_table(path, self._format() or "", encoding=self.encoding, delimiter=self.delimiter)

    def _format(self) -> str | None:
        from airflow_provider_smsworks.transfers.table.files import format_of

        return self.file_format or format_of(str(self.given("path")["path"]))
