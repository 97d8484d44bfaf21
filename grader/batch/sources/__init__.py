"""What a class handed in, as folders and learning platforms give it out."""
