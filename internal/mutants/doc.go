// Package mutants proves that a test of random schedules can fail: it runs the test against sources in which one thing was
// made wrong, a fault that a connector could have, and the test must find it.
//
// A mutant replaces text of source files, for one run of the test only. The text has to stand in its file exactly once, so
// that no mutant outlives what it changes. A mutant that the compiler refuses, or that ends the test in another way than by
// what the test checks, counts as not found.
//
// The test takes the flags -schedules, how many it runs at most, and -seed, that of the first one. It ends with the first
// schedule that fails, and tells that one's seed.
package mutants
