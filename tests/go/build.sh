#!/usr/bin/env bash
# Builds the judge, or a program of another module here (build.sh FOLDER PACKAGE), once for what it is built of,
# and says where it is. Whoever comes meanwhile waits.
set -euo pipefail
shopt -s nullglob
cd "$(dirname "${BASH_SOURCE[0]}")/${1:-.}"
of=$({ cat -- *.go go.mod go.sum; printf %s "${2:-}"; } | sha256sum | cut -c1-16)
folder="${XDG_CACHE_HOME:-$HOME/.cache}/relais/judge-$of"
mkdir -p "$folder"
exec 9> "$folder/lock"
flock 9
if [ ! -x "$folder/judge" ]; then
  # A toolchain that fits, from the same place as the modules; go.sum says what each must be.
  GOTOOLCHAIN="$(awk '$1 == "toolchain" { print $2 }' go.mod)" GOFLAGS=-mod=readonly \
    go build -trimpath -buildvcs=false -ldflags '-s -w' -o "$folder/new" "${2:-.}" >&2
  mv "$folder/new" "$folder/judge"
fi
echo "$folder/judge"
