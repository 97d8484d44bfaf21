"""What a platform is asked and told after a launch: members of a course, and grades."""
