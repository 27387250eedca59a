"""The bench's funnel: what every contestant is asked."""

STEPS = ["page.viewed", "form.submitted", "meeting.booked", "deal.won"]
WINDOW_DAYS = 14
WINDOW = WINDOW_DAYS * 86_400_000_000  # microseconds
