"""Chapters of the report: each turns records into blocks of plain text, figures and tables."""
