"""Files to text: Word, web page, PDF, plain text, in any encoding, mended, with the way back to line, page and row."""
