"""An edition on disk: schemas, ingestion, corrections, checks, and loading."""
