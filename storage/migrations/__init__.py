"""Versions of the schema. A revision is never changed once released."""
