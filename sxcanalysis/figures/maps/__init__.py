"""Maps of projects and sites, and the matrices of what a map cannot show."""
