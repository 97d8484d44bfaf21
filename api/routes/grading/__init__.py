"""What people grade by: a student's file as a page, comments, requests for a second look."""
