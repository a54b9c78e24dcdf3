"""A Dag of the leak tests that shows Airflow what it should not: the search must find it."""

from __future__ import annotations

from leak_rows import dag, log, row

with dag("leak_control") as control:

    @control.task
    def shows():
        """Show somebody's number and words in several spellings: the search must find them."""
        who = row("shows")
        log.info("plain %s", who.phone)
        log.warning("hidden %s", who.phone.encode().hex())
        print("printed", who.words, [sign for sign in row("shows_2").phone if sign.isdigit()])
        log.error("failed", exc_info=ValueError(row("shows_3").phone, row("shows_3").words))
        return {"rows": [{"customer": row("shows_4").phone}], "words": row("shows_4").words}

    shows()
