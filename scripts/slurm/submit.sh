#!/bin/sh
# Runs a study in parts under SLURM: an array of parts, and a job that joins them once all are done.
#
#   scripts/slurm/submit.sh study.toml out 64 [options of sbatch for both, such as --partition=long --cpus-per-task=8]
#
# What `doline split` needs beside the number of parts is in DOLINE_SPLIT, as in DOLINE_SPLIT="--device gpu"; another program
# than `doline` in DOLINE. The folder of the outputs must be seen by all machines. Prints the numbers of both jobs.
set -eu

[ $# -ge 3 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
DOLINE=${DOLINE:-doline} DOLINE_STUDY=$1 DOLINE_OUT=$2 DOLINE_PARTS=$3
export DOLINE DOLINE_STUDY DOLINE_OUT DOLINE_PARTS
shift 3

# shellcheck disable=SC2086
"$DOLINE" split "$DOLINE_STUDY" --parts "$DOLINE_PARTS" -o "$DOLINE_OUT" ${DOLINE_SPLIT:-}
# In a federation sbatch prints "number;cluster".
array=$(sbatch --parsable --array="0-$((DOLINE_PARTS - 1))" "$@" "$here/part.sbatch")
array=${array%%;*}
# Without --kill-on-invalid-dep the join would wait for ever for an array of which a part failed.
joined=$(sbatch --parsable --dependency="afterok:$array" --kill-on-invalid-dep=yes "$@" "$here/join.sbatch")
joined=${joined%%;*}
echo "parts: job $array; join: job $joined; \`doline status $DOLINE_OUT\` says how far they are"
