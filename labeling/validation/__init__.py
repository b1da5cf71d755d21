"""Machine validation: rules that look for labels which are probably wrong. Pure NumPy, SciPy, scikit-learn.

`rules.check` runs all rules that suit a job; what it is made of:

| module | what |
|---|---|
| `findings` | what every rule takes (`Labelled`) and gives (`Finding`), and what a rule is |
| `rules` | the registry: one entry a rule |
| `confident` | a model's opinion of each label, taught by the others; `opinions` makes it |
| `duplicates`, `outliers` | objects (nearly) alike with different labels, and objects like no others, by `neighbours` |
| `geometry`, `sizes`, `doubled`, `outlines`, `specks` | what shapes and masks can have wrong about them |
| `precision` | how often people agreed with a rule, and the severity from which it is worth their time |

Names: `N` objects, `K` categories, `views` features float (N, D) each; a severity is 0 to 1, comparable within a rule.
Nothing depends on the order of the objects, and the same input gives the same bytes.
"""
