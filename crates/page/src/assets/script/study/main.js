// The page of a study from top to bottom.
await drawPage([answer, gains, fronts, asked, winners, effects, parallel, tableOfPoints, failures]);
