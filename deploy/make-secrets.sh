#!/usr/bin/env bash
# Makes deploy/secrets/*.txt for compose.yaml once; existing files are kept.
set -euo pipefail
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
random() { od -An -tx1 -N"$1" /dev/urandom | tr -d ' \n'; }
keep() { [ -s "secrets/$1.txt" ] || printf '%s' "$2" > "secrets/$1.txt"; }

for role in postgres owner app platform backup redis; do keep "${role}_password" "$(random 24)"; done
for role in owner app platform; do
  keep "${role}_url" "postgresql+asyncpg://contenthub_$role:$(cat "secrets/${role}_password.txt")@postgres/contenthub"
done
keep redis_url "redis://:$(cat secrets/redis_password.txt)@redis:6379/0"
keep redis_conf "requirepass $(cat secrets/redis_password.txt)
"
keep master_key "$(random 32)"
# Containers read them as other accounts; the directory stays closed.
chmod 644 secrets/*.txt
chmod 700 secrets
echo "deploy/secrets 已就绪；master_key.txt 丢失后加密的手机号无法恢复，请另行保管"
