// Package receivers tests the configurations of conf/destinations, each in a real Fluent Bit: the simulator's events go
// through the plugin and the output into a receiver, and what the receiver then holds is compared with what the simulator
// lists. It is a module of its own, so that the plugin does not depend on the receivers.
//
// A configuration is run as it stands: what differs from place to place comes from its variables, and the receivers speak
// TLS with a certificate that only the test's own authority has signed. Receivers are real where one can be had:
// VictoriaLogs (its own way in, and those of Elasticsearch, Loki, OpenTelemetry and Datadog), rsyslog, PostgreSQL, Fluent
// Bit itself, and the Go servers kfake for Kafka and gofakes3 for S3. For the others there are stand-ins, which refuse
// what the vendor's documentation says is refused: see their files.
//
// Without Fluent Bit, or without a program that a receiver needs, the tests are skipped and say so. Nothing leaves this
// machine.
package receivers
