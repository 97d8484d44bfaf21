"""What libraries have removed or changed since the lab was written, put back."""
