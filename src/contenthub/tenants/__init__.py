"""Banks, branches, staff, audit: who is here and what they may do."""
