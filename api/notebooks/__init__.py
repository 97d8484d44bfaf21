"""A notebook or script as its student left it, as a page that runs nothing and loads nothing."""
