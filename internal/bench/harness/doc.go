//go:build linux

// Harness measures the collector as a whole: alone, and in a real Fluent Bit,
// against the simulated API and against other ways of doing the same. It prints
// aligned tables and, asked for it, writes them as a page with plots.
//
//	go run ./internal/bench/harness [-short] [-only NAME,…] [-write]
//
// What is measured runs in a process of its own, which the harness starts from
// its own executable: so CPU time and memory are the collector's alone, and the
// simulator, in another process, takes its share of the machine where everybody
// can see it. On a machine with few cores that share is large; hence each table
// of throughput also has what a client achieves that fetches pages and drops them.
//
// Fluent Bit is taken from $FLUENT_BIT or the PATH; without one the measurements
// in it are left out, and that is said.
package main
