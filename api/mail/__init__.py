"""What is sent by mail: found out, worded and sent when its turn comes."""
