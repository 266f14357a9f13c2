#!/bin/sh
# Checks that the build is reproducible: builds the sources once more, in a directory with another name and with an
# empty build cache, and compares the files with those in build/.
#
#     internal/tools/repro-check.sh VERSION
set -eu
cd "$(dirname "$0")/../.."
version=${1:?usage: repro-check.sh VERSION}

elsewhere=$(mktemp -d)
trap 'rm -rf "$elsewhere"' EXIT
mkdir -p "$elsewhere/another place/cache"
cp -R Makefile go.mod go.sum plugin internal "$elsewhere/another place/"
(
	cd "$elsewhere/another place"
	GOCACHE="$PWD/cache" MAKEFLAGS='' make --silent build VERSION="$version"
)
for file in in_openai_audit.so openai-audit; do
	cmp "build/$file" "$elsewhere/another place/build/$file" || {
		echo "repro-check: $file is not the same when it is built elsewhere" >&2
		exit 1
	}
	sha256sum "build/$file"
done
