"""A study over the processes of MPI: mpiexec -n 3 python -m mpi4py.futures mpi_pool.py STUDY. One process hands out, the others work."""

import json
import sys

from mpi4py.futures import MPIPoolExecutor

import tilesim

if __name__ == "__main__":
    with MPIPoolExecutor() as executor:
        for row in tilesim.sweep(sys.argv[1], executor=executor):
            print(json.dumps(row))
