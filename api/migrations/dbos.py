"""The tables of the job engine, which makes and migrates them itself."""

from __future__ import annotations

# On SQLite they stand among ours; on PostgreSQL in a schema of their own.
TABLES = frozenset(
    {
        "application_versions",
        "datasource_outputs",
        "dbos_datasource_migrations",
        "dbos_migrations",
        "notifications",
        "operation_outputs",
        "queues",
        "streams",
        "workflow_events",
        "workflow_events_history",
        "workflow_input",
        "workflow_output",
        "workflow_schedules",
        "workflow_status",
    }
)
