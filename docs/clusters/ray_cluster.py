"""A study over the workers of Ray: ray_cluster.py STUDY. `ray.init("auto")` takes a cluster that is there."""

import json
import sys

import ray

import tilesim

if __name__ == "__main__":
    ray.init(num_cpus=2, include_dashboard=False)
    for row in tilesim.sweep(sys.argv[1], executor=ray):
        print(json.dumps(row))
    ray.shutdown()
