"""An app whose table grew large: tests/test_migrations.py takes it through the steps that big tables want."""
