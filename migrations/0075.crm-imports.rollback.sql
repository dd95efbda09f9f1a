DROP INDEX crm.tasks_by_id;
DROP TABLE crm.import_slices;
DROP TABLE crm.imports;
