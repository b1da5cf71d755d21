"""The demonstration: simulated people who walk the whole road through the product's own pages, over HTTP.

`client` is their browser, `people` who they are, `digits` what they label, `road` the acts of each role in order,
`progress` what the terminal shows meanwhile. Nothing here writes to the database but `people.seed`: the accounts.
"""
