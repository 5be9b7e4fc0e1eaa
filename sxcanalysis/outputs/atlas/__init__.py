"""The atlas: one page with the document, the map, the cities and the targets of an edition."""
