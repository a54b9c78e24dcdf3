"""What goes out around a question."""

from __future__ import annotations


def question_text(question: str, instruction: str) -> str:
    """Return the question as it goes out."""
    return f"{question.strip()} {instruction}"


def reminder_text(question: str, instruction: str) -> str:
    """Return the question as it goes out again."""
    return f"Reminder: {question_text(question, instruction)}"


def apology_text(instruction: str) -> str:
    """Return what is said, once, to a reply that is not clear."""
    return f"Sorry, we did not understand that. {instruction}"


def confirmation_text(chosen: str) -> str:
    """Return what is said to a phone whose answer counts."""
    return f"Thank you: {chosen}. This is noted."


def too_late_text(chosen: str) -> str:
    """Return what is said to a phone that answered when somebody else had."""
    return f"Somebody else was faster: {chosen}. Your reply does not count."
