package probe

import (
	"errors"
	"io/fs"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/connect"
	"fluent-bit-openai-audit/internal/openai"
)

// Files returns what is wrong with the files of keys and of certificates that a configuration names, with all of
// them at once.
func Files(cfg *config.Config) []config.Problem {
	files := openai.Files{APIKey: cfg.APIKeyFile, CA: cfg.CAFile, ClientCert: cfg.ClientCertFile, ClientKey: cfg.ClientKeyFile}
	var problems []config.Problem
	add := func(property, path string, err error) {
		problems = append(problems, config.Problem{
			Property: property,
			Text:     path + ": " + err.Error() + "; accepted: " + acceptedFile(property),
			Hint:     fileHint(err),
		})
	}
	for _, fault := range files.Check() {
		add(fault.Property, fault.Path, fault.Err)
	}
	if path := cfg.RedactKeyFile; path != "" {
		if _, err := connect.RedactKey(path); err != nil {
			add("redact_key_file", path, err)
		}
	}
	return problems
}

// acceptedFile says what a property's file has to be.
func acceptedFile(property string) string {
	switch property {
	case "api_key_file":
		return "a file with the key and nothing else"
	case "redact_key_file":
		return "a file with the key of the hashes and nothing else, such as openssl rand -hex 32 prints"
	case "ca_file":
		return "a PEM file with the certificates of authorities"
	case "client_cert_file":
		return "a PEM file with the client certificate"
	default:
		return "a PEM file with the client certificate's private key, not encrypted"
	}
}

func fileHint(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "check the path, which must hold where Fluent Bit runs, as in its container"
	case errors.Is(err, fs.ErrPermission):
		return "let the user that Fluent Bit runs as read the file, and enter its folders"
	default:
		return "put that into the file, or name another"
	}
}
