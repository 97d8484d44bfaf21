"""What comes out of the sandbox becomes numbers here, once; what goes in is drawn here."""
