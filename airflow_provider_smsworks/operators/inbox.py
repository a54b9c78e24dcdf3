"""A run of a Dag for each text that comes in."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import (
    AirflowException,
    AirflowOptionalProviderFeatureException,
    Context,
    SkipMixin,
)
from airflow.providers.common.compat.version_compat import AIRFLOW_V_3_0_PLUS

from airflow_provider_smsworks.api.masking import mask_number
from airflow_provider_smsworks.failing import permanent_errors_end_the_task
from airflow_provider_smsworks.operators.base import SmsWorksBaseOperator
from airflow_provider_smsworks.operators.links import SANDBOX_LINKS

if TYPE_CHECKING:
    from collections.abc import Iterable

_CONF = "message_id"


class SmsWorksEachTextOperator(SmsWorksBaseOperator, SkipMixin):
    """
    Give each text a run of its own; the first task of a Dag that is scheduled on an inbox asset (Airflow 3.0).

    .. code-block:: python

        @dag(schedule=[orders])
        def on_order():
            text = SmsWorksEachTextOperator(task_id="text")
            SmsWorksSendMessageOperator(task_id="thank", reply_to=text.output["message_id"], content="Thank you!")

    Airflow starts one run for several events, may leave the last of a burst waiting for the next one, and delivers an
    event again after a crash. So the run that the asset started does nothing but start a run of the same Dag for each
    text, and skips its other tasks. Such a run is named after the text, and Airflow refuses a second one of a name:
    that is what lets the Dag act once on each text, whatever is delivered twice or cleared, as long as the run is
    kept. In a text's own run this task returns the text.

    If the first run dies halfway, its retry starts the rest. A Clear of a text's run acts again on the same text;
    operators that send keep their own rule for that.

    A run can be started by hand for one text, with ``{"message_id": "..."}`` as its configuration.

    :param reveal: whether the result has the phone's number in full
    :param smsworks_conn_id: the connection (templated)
    :return: ``message_id from to content keyword received answers`` of the text; ``from`` is masked unless ``reveal``.
        ``answers``: see :meth:`.SmsWorksHook.get_incoming_text`. It is in XCom: whoever may see that can read the text
    """

    operator_extra_links = SANDBOX_LINKS

    def __init__(self, *, reveal: bool = False, **kwargs: Any) -> None:
        if not AIRFLOW_V_3_0_PLUS:
            raise AirflowOptionalProviderFeatureException(
                "SmsWorksEachTextOperator needs Airflow 3.0 or newer, where texts start Dags. On this Airflow let a"
                " scheduled Dag wait for them with SmsWorksInboxSensor."
            )
        super().__init__(**kwargs)
        self.reveal = reveal

    def execute(self, context: Context) -> Any:
        """Return the text of this run, or start the runs of all texts that this run was started for."""
        conf: Any = context["dag_run"].conf or {}
        if conf.get(_CONF):
            return self._read(context, str(conf[_CONF]))
        ids = list(dict.fromkeys(_ids(context)))
        started = sum(_start_run(context, message_id) for message_id in ids)
        self.log.info("Started %s run(s) for %s text(s); the others have one.", f"{started:,}", f"{len(ids):,}")
        below = context["task"].get_flat_relatives(upstream=False)
        if tasks := [task for task in below if not task.is_teardown]:
            self.skip(ti=context["ti"], tasks=tasks)
        return None

    def _read(self, context: Context, message_id: str) -> dict[str, Any]:
        with permanent_errors_end_the_task():
            text = self.hook.get_incoming_text(message_id)
        phone = mask_number(text["from"])
        self.log.info("Text %s came from %s at %s.", text["message_id"], phone, text["received"])
        result = {**text, "from": text["from"] if self.reveal else phone}
        self.link_to(result)
        self.hand_on(context, result)
        return result


def run_id_of(message_id: str) -> str:
    """Return the name of the run of a text."""
    is_plain = re.fullmatch(r"[A-Za-z0-9_.~:+-]{1,200}", message_id)
    return f"text__{message_id if is_plain else hashlib.sha256(message_id.encode()).hexdigest()}"


def _ids(context: Context) -> Iterable[str]:
    """Yield the texts that this run was started for, and those that came since."""
    events_of_run: Any = context.get("triggering_asset_events") or {}
    for asset, events in events_of_run.items():
        # One that came before Airflow had this run may be waiting for the next event.
        newer = _events_since(asset, max(event.timestamp for event in events)) if events else []
        for event in [*events, *newer]:
            extra = event.extra or {}
            payload = extra.get("payload", extra)
            if isinstance(payload, dict) and payload.get(_CONF):
                yield str(payload[_CONF])


def _events_since(asset: Any, moment: Any) -> Sequence[Any]:
    from airflow.sdk.execution_time.context import InletEventsAccessors

    events: Any = InletEventsAccessors([asset])[asset]
    if hasattr(events, "after"):
        return list(events.after(moment.isoformat()))
    # Airflow 3.0 returns all there are.
    return [event for event in events if event.timestamp >= moment]


def _start_run(context: Context, message_id: str) -> bool:
    """Start the run of a text, and tell whether it had none."""
    from airflow.sdk.execution_time.comms import ErrorResponse, TriggerDagRun
    from airflow.sdk.execution_time.task_runner import SUPERVISOR_COMMS

    run_id = run_id_of(message_id)
    answer = SUPERVISOR_COMMS.send(TriggerDagRun(dag_id=context["ti"].dag_id, run_id=run_id, conf={_CONF: message_id}))
    if not isinstance(answer, ErrorResponse):
        return True
    if answer.error.name == "DAGRUN_ALREADY_EXISTS":
        return False
    raise AirflowException(f"The run {run_id} could not be started: {answer.error}.")
