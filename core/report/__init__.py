"""What a study found, to show elsewhere: a contact sheet, a report, and what both draw from.

Reads through `core/study.py` and `core/store`; knows neither torch nor streamlit.
"""
