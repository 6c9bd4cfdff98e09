"""The business: homes, cases, calendar, visits, works, surveys, contacts, tasks, texts."""
