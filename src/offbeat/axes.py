"""The words for the axes of arrays that several rooms share: `Float[Array, "rows features"]`.

| word | one step along it is |
|---|---|
| rows | one example: a table row, a heartbeat, a window |
| columns | one column of the table, as the user knows it |
| features | one input of the network: a scaled number, one level of a category, one missing-value mark |
| hidden | one unit of a hidden layer |
| latent | one unit of the latent code |
| networks | one of several networks of the same shape trained together |
| batches, batch | one step of an epoch; one example within that step |
| calibration | one row that the network did not train on, whose score sets the threshold |
| epochs | one pass over the training rows |

Other axes are named where they stand. Arrays that hold one value a row have the single axis "rows", never "rows 1".
"""
