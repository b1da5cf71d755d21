"""The demonstration: simulated people who walk the whole road through the product's own pages, over HTTP.

`house` runs the servers, `accounts` makes the cast, and is all that writes to the database. `road` is the acts of each
role in order; for them `client` is the browser, `subject` what there is to know of the objects, such as the `digits`,
`people` work on what `task` shows of one, and `review` judges it. `progress` is what the terminal shows, `report` what
came of it; `show` ties these together for the command.
"""
