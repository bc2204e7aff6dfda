"""The tables of the session database, as a list of steps from nothing to today."""

from __future__ import annotations

from typing import Final

MIGRATIONS: Final = (
    (
        """
        CREATE TABLE sessions (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            label TEXT NOT NULL,
            tracker TEXT NOT NULL,
            options TEXT NOT NULL,
            contact TEXT,
            installation TEXT,
            host TEXT NOT NULL,
            created REAL NOT NULL,
            UNIQUE (kind, name)
        )
        """,
        # How many sessions of a name were destroyed.
        """
        CREATE TABLE names (
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            uses INTEGER NOT NULL,
            PRIMARY KEY (kind, name)
        )
        """,
        """
        CREATE TABLE arrays (
            session INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
            key TEXT NOT NULL,
            array_id TEXT,
            template TEXT,
            first INTEGER,
            last INTEGER,
            step INTEGER,
            PRIMARY KEY (session, key)
        )
        """,
        # The task is 0 for a job of its own, else the index in the array of the same key.
        """
        CREATE TABLE jobs (
            session INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
            key TEXT NOT NULL,
            task INTEGER NOT NULL,
            job_id TEXT,
            template TEXT,
            state INTEGER,
            info TEXT,
            PRIMARY KEY (session, key, task)
        )
        """,
        "CREATE INDEX jobs_by_id ON jobs (session, job_id)",
        """
        CREATE TABLE ledger (
            session INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
            kind TEXT NOT NULL,
            id TEXT NOT NULL,
            record TEXT NOT NULL,
            PRIMARY KEY (session, kind, id)
        )
        """,
    ),
    (
        """
        CREATE TABLE reservations (
            session INTEGER NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
            key TEXT NOT NULL,
            reservation_id TEXT,
            template TEXT NOT NULL,
            PRIMARY KEY (session, key)
        )
        """,
    ),
)
"""Statements per step; the number of steps taken is the ``user_version`` of the file. A released step never changes."""
