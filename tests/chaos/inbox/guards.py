"""What lets no text be lost or told twice: where each guard is, how it is taken out, and the story that notices."""

from __future__ import annotations

from tests.chaos.guards import Guard

WATCH, CURSOR, SHARED, STREAM = "inbox/watch.py", "inbox/cursor.py", "inbox/shared.py", "inbox/stream.py"

GUARDS = (
    Guard(
        "a cursor is written after its events are safe",
        WATCH,
        "            await self._write_down()\n            return await self._next()",
        "            texts = await self._next()\n            await self._write_down()\n            return texts",
        ("killed: between yield and persist",),
    ),
    Guard(
        "a round waits until the events of the last are safe",
        STREAM,
        "                    await self._is_safe.wait()\n",
        "",
        ("killed: between yield and persist", "a slow database"),
    ),
    Guard(
        "what was told is written down",
        WATCH,
        'if cursor.to_write()["told"] != written.get("told") or moved',
        "if moved",
        ("killed while idle",),
    ),
    Guard(
        "what was told is written down at once",
        "triggers/inbox.py",
        "                if texts:",
        "                if watch._pending:",
        ("killed some seconds after the last text",),
    ),
    Guard(
        "what was told is kept for an hour",
        CURSOR,
        "if period >= first",
        "if period > first + _PERIODS",
        ("killed while idle",),
    ),
    Guard(
        "a cursor stays an hour behind",
        CURSOR,
        "self.since = max(self.since, newest - OVERLAP)",
        "self.since = max(self.since, newest)",
        ("texts appear late",),
    ),
    Guard(
        "what came before is passed over",
        CURSOR,
        "if not text.came_since(self.began):",
        "if False:",
        ("a watcher is added",),
    ),
    Guard(
        "the beginning is written down at once",
        WATCH,
        "        await self._write(cursor)\n        return cursor",
        "        return cursor",
        ("gateway away at the first look",),
    ),
    Guard(
        "a look reaches back now and then",
        SHARED,
        "if time.monotonic() - self._long_look >= _LONG_EVERY:",
        "if False:",
        ("texts appear late",),
    ),
    Guard(
        "the first look reaches back to the cursor",
        SHARED,
        "            return wanted - _MARGIN, True",
        "            return max(wanted, self.newest - _SHORT), True",
        ("no triggerer for a while",),
    ),
    Guard(
        "all watchers share one poll",
        SHARED,
        "return inboxes.setdefault((conn_id, unread), cls(conn_id, unread=unread))",
        "return cls(conn_id, unread=unread)",
        ("idle, 12 watcher(s)",),
    ),
    Guard(
        "a watcher that cannot tell waits for its next round",
        "triggers/inbox.py",
        "                if texts:",
        "                if texts or watch._pending:",
        ("no store while much comes at once",),
    ),
    Guard(
        "a poll that fails goes on",
        SHARED,
        "        except SmsWorksError as error:\n            await self._failed(error)\n            return",
        "        except SmsWorksError:\n            raise",
        ("gateway away",),
    ),
)
