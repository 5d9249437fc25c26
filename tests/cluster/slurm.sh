#!/bin/bash
# Runs a study in parts under a SLURM of one node, with a part that is requeued on its way, and compares every byte with an
# undivided run. Debian: apt-get install slurmctld slurmd munge; needs root, and no other SLURM on the machine.
#
#   tests/cluster/slurm.sh target/release/doline [pixels wide and high, 1024] [parts, 6]
set -euo pipefail

doline=$(realpath "$1") side=${2:-1024} parts=${3:-6}
root=$(cd "$(dirname "$0")/../.." && pwd)
place=$(mktemp -d /tmp/doline-slurm-XXXXXX)
export SLURM_CONF=$place/slurm.conf
processes=()
finish() {
    for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
    # They write their state when they end.
    wait "${processes[@]}" 2>/dev/null || true
    rm -rf "$place"
}
trap finish EXIT

# --- a cluster of this machine alone
host=$(hostname -s)
chmod 755 "$place"
mkdir -p "$place/state" "$place/spool" /run/munge
[ -s /etc/munge/munge.key ] || { dd if=/dev/urandom of=/etc/munge/munge.key bs=1024 count=1 status=none; }
chown munge: /etc/munge/munge.key /run/munge && chmod 400 /etc/munge/munge.key
munge -n >/dev/null 2>&1 || runuser -u munge -- /usr/sbin/munged
cat >"$SLURM_CONF" <<CONF
ClusterName=doline
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
StateSaveLocation=$place/state
SlurmdSpoolDir=$place/spool
SlurmctldPidFile=$place/slurmctld.pid
SlurmdPidFile=$place/slurmd.pid
SlurmctldLogFile=$place/slurmctld.log
SlurmdLogFile=$place/slurmd.log
SlurmctldPort=16817
SlurmdPort=16818
MpiDefault=none
ReturnToService=2
JobRequeue=1
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
slurmctld -D & processes+=($!)
slurmd -D & processes+=($!)
for _ in $(seq 60); do sinfo -h -o %t 2>/dev/null | grep -q idle && break; sleep 1; done
sinfo

# --- the run as a whole, and in parts
cd "$place"
"$doline" synth --out study --size "${side}x$side" >/dev/null
"$doline" run study/study.toml -o plain --device cpu --quiet >/dev/null
DOLINE=$doline DOLINE_SPLIT="--device cpu" "$root/scripts/slurm/submit.sh" study/study.toml "$place/parted" "$parts" | tee submitted
array=$(sed -n 's/parts: job \([0-9]*\);.*/\1/p' submitted)
# As soon as the first part is being computed it is taken from its node and put into the queue again.
for _ in $(seq 600); do
    "$doline" status parted --json | grep -q '"computing":\[{' && break
    sleep 0.1
done
scontrol requeue "${array}_0"
echo "requeued part 0: $("$doline" status parted --json)"
for _ in $(seq 1200); do [ -z "$(squeue -h)" ] && break; sleep 1; done
cat slurm-*.out
python3 "$root/tests/cluster/same.py" plain parted
if pgrep -f "$place/parted" >/dev/null; then echo "a process is left"; exit 1; fi
[ ! -e parted/.parts ] || { echo "parts are left"; exit 1; }
echo "SLURM: $parts parts, one requeued: the same bytes"
