#!/usr/bin/env bash
# Takes one backup into BACKUP_DIR and keeps the newest KEEP of them.
set -euo pipefail
umask 077
dir=${BACKUP_DIR:-/var/backups/contenthub}
keep=${KEEP:-14}
command=${CONTENTHUB:-/opt/contenthub/bin/contenthub}
mkdir -p "$dir"
"$command" backup --out "$dir/contenthub-$(date -u +%Y%m%dT%H%M%SZ).tar"
# Old ones go only after the new one is whole. Names sort by time.
find "$dir" -maxdepth 1 -name 'contenthub-*.tar' | sort -r | tail -n +"$((keep + 1))" | xargs -r rm --
