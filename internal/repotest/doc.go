// Package repotest holds the rules of this repository that no compiler knows, as tests: what the top level holds, where
// cgo stands, which packages the library is linked from, that documents agree with the code and with each other.
//
// Two of them compare with what the code says, and are brought up to date by
//
//	go test ./internal/repotest -update
package repotest
