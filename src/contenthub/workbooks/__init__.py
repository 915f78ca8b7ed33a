"""Spreadsheet files as such: xlsx read within limits, whatever stands in them."""
