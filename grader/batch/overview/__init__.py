"""The class as one document: how it did, what it found hard, and who needs a person."""
