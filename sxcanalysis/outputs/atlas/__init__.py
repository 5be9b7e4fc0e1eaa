"""The atlas: one page that needs no network."""
