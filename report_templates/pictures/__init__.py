"""What is drawn: matplotlib's plots and inline SVG."""
