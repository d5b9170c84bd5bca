"""What pages are made of: the study in view, its tiles and maps, and two things drawn in the browser.

`opened` gives tables, `tiles` addresses of small pictures, `maps` numbers over a range of t, `gallery` and
`overlay` draw; `text` and `links` make words and addresses out of them.
"""
