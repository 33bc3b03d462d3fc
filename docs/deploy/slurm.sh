#!/bin/bash
#SBATCH --job-name=s3bench
#SBATCH --nodes=4
#SBATCH --ntasks-per-node=1
#SBATCH --exclusive
#SBATCH --time=01:00:00
# One agent on each node of the job, and a workload on all of them: sbatch docs/deploy/slurm.sh mix.yaml
# The store's credentials are those of the environment. Nodes talk in plain text, with a token that is this job's own:
# where others can read that network, give the agents certificates (docs/fleet.md).
set -euo pipefail
workload=$1
port=${FLEET_PORT:-7761}
FLEET_TOKEN=$(openssl rand -hex 32)
export FLEET_TOKEN

agents=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | sed "s/\$/:$port/" | paste -sd, -)
srun s3bench-tui agent --listen "0.0.0.0:$port" --token-env FLEET_TOKEN --results "results-$SLURM_JOB_ID" &
trap 'kill %1 2>/dev/null; wait' EXIT

for _ in {1..60}; do
    s3bench-tui controller --agents "$agents" --insecure --token-env FLEET_TOKEN ping >/dev/null 2>&1 && break
    sleep 1
done
s3bench-tui --headless "$workload" --agents "$agents" --insecure --token-env FLEET_TOKEN --report "s3bench-$SLURM_JOB_ID.json"
