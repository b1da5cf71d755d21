"""Automated labelling: a model labels what it may be trusted with, people the rest. Pure NumPy, SciPy, scikit-learn.

`loop.step` takes one iteration; what it is made of:

| module | what |
|---|---|
| `preparing` | features of all objects, scaled, narrowed, the unreadable set apart |
| `learners` | what every learner takes and gives; `categories`, `multilabel` are two, of `regression` |
| `masks`, `boxes` | the learners of pictures where it matters what is where, on `grids` of cells, by `cellwise` |
| `calibration`, `bounds` | the promise, and the cut above which a model keeps it |
| `selection` | whom people are asked about next, and who still speaks for the rest |
| `forecasting`, `notes` | what people see of it |
| `comparing` | the time that proposals spare people, where they are shown them |

Names: `n` objects, `p` of them in the pool (nobody was asked), `m` known (asked), `k` categories, `d` features.
"""
