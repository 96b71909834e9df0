"""The report of a judged design: PDF by typst in two languages, with plans, heat maps, findings and costs."""
