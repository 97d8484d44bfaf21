"""Options that several commands share: read, and checked before anything is graded."""
