#!/usr/bin/env bash
# What `make faults` needs on a Debian machine besides `make setup`, as root; does nothing where all of it is there.
set -euo pipefail
packages=(libfaketime e2fsprogs mount util-linux)  # clocks; small disks: made, mounted, frozen
if ! dpkg-query --show --showformat '${db:Status-Status}\n' "${packages[@]}" 2>/dev/null \
    | awk '$1 != "installed" { bad = 1 } { n++ } END { exit bad || n < '"${#packages[@]}"' }'; then
  apt-get update --quiet
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends "${packages[@]}"
fi
