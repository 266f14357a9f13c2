// Package bench measures what this project's parts cost, side by side in one
// run with other ways of doing the same. It holds benchmarks and those other
// ways, and nothing that the plugin uses; README.md says how to run them and
// what they showed.
package bench
