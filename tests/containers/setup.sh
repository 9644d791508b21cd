#!/usr/bin/env bash
# What `make containers` needs on a Debian machine, as root; does nothing where all of it is there.
set -euo pipefail
packages=(podman runc netavark aardvark-dns podman-compose debootstrap iptables)
if ! dpkg-query --show --showformat '${db:Status-Status}\n' "${packages[@]}" 2>/dev/null \
    | awk '$1 != "installed" { bad = 1 } { n++ } END { exit bad || n < '"${#packages[@]}"' }'; then
  apt-get update --quiet
  DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends "${packages[@]}"
fi
# Where debootstrap gets its packages from is told by apt's own lists.
[ -n "$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages')" ] || apt-get update --quiet
