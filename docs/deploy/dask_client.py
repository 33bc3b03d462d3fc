"""Runs a workload on every host of a Dask cluster that a script has a client of: dask_client.py CLUSTER WORKLOAD.yaml

The client may as well be that of an SSHCluster, a SLURMCluster or a KubeCluster.
"""

from __future__ import annotations

import sys

from distributed import Client

from s3bench_tui.fleet.opening import open_session
from s3bench_tui.spec.loading import load_workload
from s3bench_tui.stats.tally import total_of


def main(cluster: str, workload: str) -> int:
    """Print the operations as they come, and what each host did at the end."""
    with Client(cluster) as client, open_session(load_workload(workload), dask=client) as session:
        for snapshot in session:
            print(f"{snapshot.measured_s:.1f} s  {total_of(snapshot.total).ops:,} operations")
        for agent in session.report.as_dict()["agents"]:
            print(f"{agent['address']}  {agent['status']}  {agent['total']['ops']:,} operations")
        return session.report.exit_code()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
