"""Who shared, who came: links, visits, leads, sign-ups and their credit."""
