#!/bin/bash
# Slurm on this machine alone, without systemd or cgroups: one_node_slurm.sh start|stop FOLDER. Clients need SLURM_CONF=FOLDER/slurm.conf.
set -euo pipefail
command=$1
folder=$(realpath "$2")
cd "$folder"
if [ "$command" = stop ]; then
  for daemon in slurmd slurmctld munged; do
    [ -f "$daemon.pid" ] && kill "$(cat "$daemon.pid")" || true
  done
  exit
fi
mkdir -p state spool log
chmod 700 .
host=$(hostname -s)
head -c 1024 /dev/urandom >munge.key
chmod 400 munge.key
munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" --pid-file="$folder/munged.pid" \
  --log-file="$folder/log/munged" --seed-file="$folder/munge.seed"
# A requeued job begins again once its credential has expired: that is soon here.
cat >slurm.conf <<END
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket,cred_expire=5
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/builtin
SchedulerParameters=sched_interval=1,batch_sched_delay=0
SlurmctldPort=16817
SlurmdPort=16818
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/log/slurmctld
SlurmdLogFile=$folder/log/slurmd
ReturnToService=2
KillWait=1
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF=$folder/slurm.conf
slurmctld
slurmd
for _ in $(seq 100); do
  sinfo --noheader --format=%t 2>/dev/null | grep -q idle && exit
  sleep 0.2
done
echo "the node does not become idle" >&2
tail -n 20 log/* >&2
exit 1
