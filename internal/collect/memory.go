package collect

import "fluent-bit-openai-audit/internal/config"

// MemoryTarget returns how many bytes of memory a collector of this configuration needs at full speed:
// its queue, the requests under way, and the ids of what has not settled.
func MemoryTarget(cfg *config.Config) int64 {
	const usual, settling, perRequest = 16, 8 << 20, 512 << 10
	return cfg.QueueSize + settling + int64(max(0, cfg.Concurrency-usual))*perRequest
}
