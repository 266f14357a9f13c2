// Package connect makes the key source, the client options and the shaper of records of a configuration: the one place that
// says which property becomes what, so that examining a configuration and collecting with it do the same.
//
// It reads the files of the two keys and of nothing else, touches no network, and keeps nothing. What differs between uses (a
// gate, hooks, a transport, how many requests at once) is for the caller to set in the options it returns.
package connect

import (
	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/openai"
)

// Listener hears what becomes of a key file. Each function may be nil, and must not block.
type Listener struct {
	Problem   func(error)       // the file or its key cannot be used; an older key goes on
	Recovered func(text string) // the last problem is over
	Warning   func(text string) // the file is usable, but something about it is unsafe
}

// Keys returns the source of the configuration's key. Without a usable key in the key file there is an error, which
// names the file and holds nothing of what is in it.
func Keys(cfg *config.Config, to Listener) (openai.KeySource, error) {
	if cfg.APIKeyFile == "" {
		return openai.NewStaticKey(cfg.APIKey), nil
	}
	return openai.NewFileKey(openai.FileKeyOptions{
		Path: cfg.APIKeyFile, OnProblem: to.Problem, OnRecovered: to.Recovered, OnWarning: to.Warning,
	})
}

// Options returns what the configuration says of a client that sends the source's keys, for a version of the plugin.
func Options(cfg *config.Config, keys openai.KeySource, version string) openai.Options {
	return openai.Options{
		BaseURL: cfg.BaseURL, InsecureHTTP: cfg.InsecureHTTP,
		Keys: keys, Organization: cfg.Organization, UserAgent: openai.UserAgent(version),
		Filters: openai.Filters{
			ProjectIDs: cfg.ProjectIDs, EventTypes: cfg.EventTypes, ActorIDs: cfg.ActorIDs,
			ActorEmails: cfg.ActorEmails, ResourceIDs: cfg.ResourceIDs,
		},
		RequestTimeout: cfg.RequestTimeout, MaxBodySize: cfg.MaxBodySize, Concurrency: cfg.Concurrency,
		Proxy: cfg.Proxy, CAFile: cfg.CAFile, ClientCertFile: cfg.ClientCertFile, ClientKeyFile: cfg.ClientKeyFile,
	}
}
