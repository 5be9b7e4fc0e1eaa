"""PDF: what is printed on its pages (`reading`), lines and columns of print (`printing`), tables, and the flow of the text (`layout`)."""
