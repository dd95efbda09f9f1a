"""Record types of an archive's tables: without one, a stored record that cannot be read would count as readable."""

from crm.domain.export_schema import CLIENTS, EXPORT_TABLES, MERGES, TASKS
from crm.service.archive_import import RECORD_TYPES


def test_archive_import_knows_record_type_of_every_table_of_records() -> None:
    tables = {table.table for table in EXPORT_TABLES if table not in (CLIENTS, TASKS, MERGES)}

    assert RECORD_TYPES.keys() == tables
