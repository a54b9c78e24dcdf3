"""Operators that text everybody in a table: of a database, or of a file."""
