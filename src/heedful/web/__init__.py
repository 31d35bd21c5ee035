"""The service: one file per surface, each a thin way into the use cases."""
