package config

import (
	"slices"
	"strings"
)

// hostProperties are those of an input that Fluent Bit keeps to itself: what flb_input_set_property takes, and what its
// readers of configurations do.
func hostProperties() []string {
	return strings.Fields("name tag alias log_level log_suppress_interval routable mem_buf_limit threaded " +
		"storage.type storage.pause_on_chunks_overlimit thread.ring_buffer.capacity thread.ring_buffer.window " +
		"rate_window rate_gate rate_gate.max_bytes rate_gate.max_records rate_gate.backpressure rate_gate.resume_ratio " +
		"listen host port ipv6 tls tls.verify tls.verify_client_cert tls.verify_hostname tls.debug tls.vhost tls.ca_path " +
		"tls.ca_file tls.crt_file tls.key_file tls.key_passwd tls.min_version tls.max_version tls.ciphers " +
		"match match_regex processors routes telemetry")
}

// watchedHostProperties are those whose misspellings Parse asks for, since they matter here: with storage.typ the
// records are kept in memory, and lost when Fluent Bit is killed.
func watchedHostProperties() []string {
	return []string{
		"tag", "alias", "log_level", "mem_buf_limit", "threaded", "storage.type", "storage.pause_on_chunks_overlimit",
	}
}

// IsHostProperty reports whether Fluent Bit keeps a property of an input, given by its name in any case,
// to itself. A name that only begins like some of them may be one of another version's, unless it is a misspelling.
func IsHostProperty(name string) bool {
	name = strings.ToLower(name)
	if name == "storage.path" {
		return false // Fluent Bit knows it in the section SERVICE alone: in an input it is a storage_path
	}
	own := hostProperties()
	if slices.Contains(own, name) || strings.HasPrefix(name, "net.") || strings.HasPrefix(name, "oauth2") {
		return true
	}
	for _, prefix := range []string{"tls.", "storage.", "thread.", "rate_gate."} {
		if strings.HasPrefix(name, prefix) {
			return Nearest(name, own) == ""
		}
	}
	return false
}
