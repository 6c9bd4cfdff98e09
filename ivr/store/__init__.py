"""Tables, transactions, due work and migrations. Knows nothing of the business."""
