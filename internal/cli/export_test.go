package cli

import "fluent-bit-openai-audit/internal/config"

// ParseTail returns what parseTail makes of the arguments.
func ParseTail(args []string, getenv config.Getter) (cfg *config.Config, limit int, once bool, err error) {
	o, err := parseTail(args, getenv)
	return o.config, o.limit, o.once, err
}
