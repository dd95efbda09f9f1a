DROP TABLE escorts.view_days;
DROP TABLE escorts.view_totals;
DROP TABLE escorts.view_counts;
