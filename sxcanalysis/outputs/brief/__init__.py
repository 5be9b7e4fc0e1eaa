"""The brief of an edition: its numbers, its sentences and figures as blocks, and the Word file made of them."""
