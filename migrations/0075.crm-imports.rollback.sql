DROP INDEX crm.tasks_by_id;
DROP TABLE crm.import_chunks;
DROP TABLE crm.imports;
