"""From rows and results to finished strings; the templates only print them."""
