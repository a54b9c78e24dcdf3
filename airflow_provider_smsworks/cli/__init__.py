"""The command line: ``airflow smsworks …`` from Airflow 3.2 on, and ``smsworks …`` everywhere."""
