"""Authority files: administrative units, bodies, units of measure, the circle's cities, and the words that people read."""
