"""What builders get: plans of each floor as DXF, and one workbook of heads, cables, bill, slices and flows."""
