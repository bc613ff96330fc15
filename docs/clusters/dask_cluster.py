"""A study over the workers of a Dask cluster: dask_cluster.py STUDY. A `Client` of any other cluster does the same."""

import json
import sys

from distributed import Client, LocalCluster

import tilesim

if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        for row in tilesim.sweep(sys.argv[1], executor=client.get_executor()):
            print(json.dumps(row))
