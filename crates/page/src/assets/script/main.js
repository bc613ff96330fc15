// The page of runs from top to bottom.
const views = training
  ? [systemSummary, stages, stageMemory, pipeline, waterfall, stageLayers, timeline, tiles, memoryByTile, liveness, about]
  : [why, banner, waterfall, insights, roofline, layers, timeline, tiles, memoryByTile, liveness, about];
await drawPage(views);
