"""What holds for whom: terms of work, and when students see what."""
