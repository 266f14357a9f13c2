#!/bin/sh
# Prints how many instructions each way of BenchmarkRecord and BenchmarkLines takes for an event:
# the difference between a run of 50 pages and one of 10, counted by valgrind's
# callgrind, so that what happens once does not count. Unlike times, these do not
# depend on what else the machine does. A shaped event may take five times those of a raw one; the status is 1 if one takes more.
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
			"$dir/bench" -test.run='^$' -test.bench="^Benchmark(Record|Lines)\$/^$pattern\$" -test.benchtime="$2x" -test.cpu=1 2>&1 |
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
	set -- scanner raw+details raw+redact ocsf ocsf+original ecs ecs+original ocsf+original+redact ecs+original+redact \
		lines lines+ocsf lines+ecs lines+ocsf+original jsoniter-iterator encoding-json maps+fluent-bit-go-encoder inflate inflate+scanner
fi
base=$(($(count scanner 50) - $(count scanner 10)))
lines=
status=0
for way; do
	n=$(($(count "$way" 50) - $(count "$way" 10)))
	raw=$base
	case $way in
	lines*)
		lines=${lines:-$(($(count lines 50) - $(count lines 10)))}
		raw=$lines
		;;
	esac
	printf '%-28s %8d instructions/event %3d.%d times a raw one\n' "$way" $((n / 4000)) $((n / raw)) $((n * 10 / raw % 10))
	case $way in
	raw+* | ocsf* | ecs* | lines+*)
		if [ $n -gt $((5 * raw)) ]; then
			echo "$way takes more than five times the instructions of a raw event" >&2
			status=1
		fi
		;;
	esac
done
exit $status
