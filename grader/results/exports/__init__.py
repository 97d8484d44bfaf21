"""What leaves the grader for other programs: JUnit XML, spreadsheet cells, file names."""
