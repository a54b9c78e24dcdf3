"""The verdict: what the gateways accepted, joined with what Airflow's database says of each send."""

from __future__ import annotations

from typing import Any

from tests.chaos.real_gates import Text
from tests.chaos.real_sends import Send
from tests.chaos.real_stage import Seen, Stage
from tests.chaos.table import Outcome

OPEN = "is not known"


def judge(stage: Stage, database: str, seed: int) -> list[Outcome]:
    """Return what became of each send."""
    texts = stage.gates.texts_of_phones()
    return [_judge(stage, send, {phone: texts[phone] for phone in send.phones}, database, seed) for send in stage.sends]


def _judge(stage: Stage, send: Send, texts: dict[str, list[Text]], database: str, seed: int) -> Outcome:
    seen = stage.seen(send)
    counts = [len(found) for found in texts.values()]
    outcome = Outcome(send.row, True, send.kind, texts=sum(counts), faults=send.faults, kills=send.kills)
    outcome.wrong = [*send.wrong, *_broken_promises(send, seen, counts)]
    outcome.duplicates = sum(max(0, count - send.asked) for count in counts)
    if seen.state == "success":
        outcome.losses = counts.count(0)
        result = stage.airflow.xcom(send.dag_id, send.run_id, send.task_id)
        outcome.adopted = int(result["adopted"])
        outcome.wrong += _wrong_in_result(send, result, texts)
    else:
        outcome.unknown = int(OPEN in stage.airflow.log_text(send.dag_id, send.run_id, send.task_id))
        if send.is_otp and not outcome.unknown:
            outcome.wrong.append("it failed, and its log does not say that the outcome is not known")
    outcome.story = (
        f"{database}, seed {seed}, {send.run_id}: {seen.state} in try {seen.try_number}, {counts} texts; "
        + "; ".join(send.notes)
    )
    return outcome


def _broken_promises(send: Send, seen: Seen, counts: list[int]) -> list[str]:
    wrong = []
    if not seen.ended:
        wrong.append(f"it did not end: {seen.state}")
    elif seen.state not in send.ends:
        wrong.append(f"it ended as {seen.state}")
    if seen.try_number < send.tries:
        wrong.append(f"nothing was done to it: it needed {seen.try_number} tries, of at least {send.tries}")
    if seen.state == "success" and any(0 < count < send.asked for count in counts):
        wrong.append(f"{send.asked} texts were asked for, and {counts} went out")
    if seen.state != "success" and send.texts is not None and set(counts) != {send.texts}:
        wrong.append(f"it ended as {seen.state} with {counts} texts, not {send.texts} each")
    return wrong


def _wrong_in_result(send: Send, result: dict[str, Any], texts: dict[str, list[Text]]) -> list[str]:
    wrong = []
    if send.adopted is not None and result["adopted"] is not send.adopted:
        wrong.append(f"adopted is {result['adopted']}")
    if any(phone[1:] in str(result) for phone in texts):
        wrong.append("a phone is in XCom")
    is_batch = "batch_ids" in result
    ids = set(result["batch_ids"]) if is_batch else {result["message_id"]}
    # Somebody who was asked for two texts has the second one's id.
    asked = [text for found in texts.values() for text in found[send.asked - 1 :]]
    accepted = {text.batch_id if is_batch else text.message_id for text in asked}
    # Of duplicates, which are counted, it may know one.
    if not ids or not ids <= accepted or (ids != accepted and len(asked) == len(texts)):
        wrong.append(f"the ids of its result are {sorted(ids)}, the gateway's are {sorted(map(str, accepted))}")
    return wrong
