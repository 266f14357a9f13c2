// Package e2e tests the plugin in a real Fluent Bit: the built library, loaded by the program that users run, reading
// from the simulator and writing to Fluent Bit's own outputs.
//
// Its tests need Fluent Bit: the program that FLUENT_BIT names, or fluent-bit on the PATH. Without one they are skipped,
// and say so. They end what they started by its process id.
//
// The crash test is short by default. For evidence, let it run long, and beside a plugin that counts records as delivered
// when it hands them over:
//
//	go test ./internal/e2e -run 'TestKill' -kills 200 -naive -v -timeout 2h
package e2e
