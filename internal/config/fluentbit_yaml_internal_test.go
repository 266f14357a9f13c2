package config

import "testing"

func TestSnakeCase(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		"pollInterval": "poll_interval", "poll_interval": "poll_interval", "Poll_Interval": "poll_interval", "PollInterval": "pollinterval",
		"db": "db", "": "", "poll_Interval": "poll_interval", "caFile": "ca_file",
	} {
		if got := snakeCase(key); got != want {
			t.Errorf("snakeCase(%q) = %q, want %q", key, got, want)
		}
	}
}
