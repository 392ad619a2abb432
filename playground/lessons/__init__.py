"""Lessons: sequences of tasks that tick themselves, as Markdown files that a teacher can write."""
