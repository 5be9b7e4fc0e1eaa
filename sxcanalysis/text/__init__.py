"""The one normal form of Chinese official text with the way back, numerals, and the forms that a line can take."""
