"""The tables of an edition for other programs: Excel, GeoPackage, Parquet."""
