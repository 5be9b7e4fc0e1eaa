"""Files to text and tables: Word, web page, PDF, workbook, CSV, plain text, in any encoding, with the way back to line, page and row.

Public are ``read_document``, ``read_source`` and what they return (`reading`), `mending.Mend`, and the tables (`tables`, those of
plain text `text_tables` and `cell_lines`). What a file is, `formats` says; a reader a format (`word`, `webpage`, `pdf`, `sheets`) hands over `lines`
with its tables in them; `child` bounds the time and memory of a reader; `mending` puts paragraphs together again.
"""
