#!/bin/sh
# Prints how many instructions each way of BenchmarkRecord takes for an event:
# the difference between a run of 50 pages and one of 10, counted by valgrind's
# callgrind, so that what happens once does not count. Unlike times, these do not
# depend on what else the machine does.
#
#     internal/bench/instructions.sh [way...]
set -eu
cd "$(dirname "$0")"
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
CGO_ENABLED=0 go test -c -o "$dir/bench" .

# count prints the instructions of a run of $2 pages of the way $1. valgrind
# does not cope with every moment at which Go's scheduler may interrupt, so a run
# may have to be repeated.
count() {
	pattern=$(printf '%s' "$1" | sed 's/+/[+]/g')
	for attempt in 1 2 3 4 5; do
		n=$(GODEBUG=asyncpreemptoff=1 GOMAXPROCS=1 valgrind --tool=callgrind --callgrind-out-file=/dev/null \
			"$dir/bench" -test.run='^$' -test.bench="^BenchmarkRecord\$/^$pattern\$" -test.benchtime="$2x" -test.cpu=1 2>&1 |
			sed -n 's/.*Collected : //p')
		if [ -n "$n" ]; then
			echo "$n"
			return
		fi
	done
	echo "valgrind failed $attempt times" >&2
	exit 1
}

if [ $# -eq 0 ]; then
	set -- scanner raw+details raw+redact ocsf ocsf+original ecs ecs+original ecs+original+redact \
		jsoniter-iterator encoding-json maps+fluent-bit-go-encoder inflate inflate+scanner
fi
for way; do
	short=$(count "$way" 10)
	long=$(count "$way" 50)
	printf '%-28s %8d instructions/event\n' "$way" $(((long - short) / 4000))
done
