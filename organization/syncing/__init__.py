"""The institution from one file: read, planned against what stands, and only then written (services/syncing)."""
