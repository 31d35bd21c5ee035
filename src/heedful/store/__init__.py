"""SQLAlchemy tables and the few queries on them; SQLite by default, PostgreSQL by URL."""
