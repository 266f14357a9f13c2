// Package monitoring tests what conf/ has for Prometheus and Grafana, with Prometheus's own parser and engine: that every
// expression is valid, names metrics and labels that there are, and finds what it is for. It is a module of its own, so
// that the plugin does not depend on Prometheus.
//
// testdata/scrape.txt is what a real Fluent Bit 5.1.1 answered on /api/v2/metrics/prometheus, the name of its host
// replaced. It had two inputs: acme, which read a simulated organization with some faults, and broken, whose key was
// refused.
package monitoring
