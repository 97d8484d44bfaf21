"""The way in from a platform: login, launch and the choice of an assignment, all verified."""
