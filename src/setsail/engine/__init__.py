"""Where tables are computed: DuckDB in the process, or any Spark Connect address. Imported by doors only."""
