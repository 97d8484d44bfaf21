"""The accuracy ladder, and whom a loss is charged to."""
