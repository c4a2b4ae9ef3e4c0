"""What intake is measured against: one DRF view with a serializer and one INSERT, and nothing around it."""
