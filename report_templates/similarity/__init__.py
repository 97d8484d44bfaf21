"""The page that shows staff which solutions are alike, line beside line."""
