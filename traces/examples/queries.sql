-- Questions to a folder of traces, for DuckDB: `cd DIR && duckdb < queries.sql`.

-- kinds: which kinds of layers take more of the cycles than of the multiply-accumulates?
SELECT run, kind, count(*)::BIGINT AS layers,
       sum(cycles)::BIGINT AS cycles,
       sum(macs)::BIGINT AS macs,
       sum(cycles) / sum(sum(cycles)) OVER (PARTITION BY run) AS cycles_share,
       sum(macs) / sum(sum(macs)) OVER (PARTITION BY run) AS macs_share
FROM 'layers.parquet'
GROUP BY run, kind
ORDER BY run, cycles_share - macs_share DESC;

-- exchanges: which exchanges take the most time, and how fast do they move data?
SELECT run, name, cycles, exchange_sent_bytes, exchange_received_bytes,
       exchange_received_bytes / cycles AS received_bytes_per_cycle
FROM 'steps.parquet'
WHERE kind = 'exchange' AND cycles > 0
ORDER BY cycles DESC, run, step
LIMIT 20;

-- plans: where did the simulation take longer than the planner expected?
SELECT plans.run, plans.layer, plans.kernel, plans.limited_by, plans.expected_cycles, layers.cycles,
       layers.cycles - plans.expected_cycles AS more_cycles
FROM 'plans.parquet' AS plans
JOIN 'layers.parquet' AS layers USING (run, layer)
ORDER BY more_cycles DESC, plans.run, plans.layer
LIMIT 20;

-- balance: how evenly do the tiles work and hold data?
SELECT run, count(*) AS tiles, avg(busy_share) AS busy_share,
       min(busy_share) AS least_busy_share, max(busy_share) AS most_busy_share,
       max(peak_live_bytes) AS fullest_tile_bytes, avg(peak_live_bytes) AS mean_tile_bytes
FROM 'tiles.parquet'
GROUP BY run
ORDER BY run;
