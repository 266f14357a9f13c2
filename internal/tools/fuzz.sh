#!/bin/sh
# Fuzzes every target of the project for the given time each, one after the other. What a target finds, go test
# writes into the testdata of its package, from where it is run as an ordinary test from then on: commit it.
#
#     internal/tools/fuzz.sh 30s
set -eu
cd "$(dirname "$0")/../.."
time=${1:?usage: fuzz.sh TIME}

targets=$(grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' internal plugin | sort)
[ -n "$targets" ] || {
	echo "fuzz: no target found" >&2
	exit 1
}
echo "$targets" | while IFS= read -r line; do
	dir=$(dirname "${line%%:*}")
	name=${line##* }
	echo "$dir $name"
	${GO:-go} test "./$dir" -run '^$' -fuzz "^$name\$" -fuzztime "$time" </dev/null
done
