"""The lessons: exercises with feedback, and the pack for a room without internet."""
