"""Maps of projects: a ground, lines with their places, names, and the figures made of them."""
