"""The line: everything between the carrier's webhook and the developer's after-sales department."""
