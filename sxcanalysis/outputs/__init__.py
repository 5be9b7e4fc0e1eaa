"""What leaves the house: report, atlas, workbook, geographic files, notebooks run and shown."""
