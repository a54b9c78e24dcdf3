"""Tables of any kind, row by row; imports no Airflow but for databases and storage."""
