"""Learning platforms in the browser: launches, picking an assignment, and the staff's page."""
