"""The grade: points, findings, decisions by people, and how the judging was done."""
