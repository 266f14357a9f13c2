package probe

import (
	"errors"
	"io/fs"

	"fluent-bit-openai-audit/internal/config"
	"fluent-bit-openai-audit/internal/openai"
)

// Files returns what is wrong with the files of the key and of certificates that a configuration names, with all of
// them at once.
func Files(cfg *config.Config) []config.Problem {
	files := openai.Files{APIKey: cfg.APIKeyFile, CA: cfg.CAFile, ClientCert: cfg.ClientCertFile, ClientKey: cfg.ClientKeyFile}
	var problems []config.Problem
	for _, fault := range files.Check() {
		problems = append(problems, config.Problem{
			Property: fault.Property,
			Text:     fault.Path + ": " + fault.Err.Error() + "; accepted: " + acceptedFile(fault.Property),
			Hint:     fileHint(fault),
		})
	}
	return problems
}

// acceptedFile says what a property's file has to be.
func acceptedFile(property string) string {
	switch property {
	case "api_key_file":
		return "a file with the key and nothing else"
	case "ca_file":
		return "a PEM file with the certificates of authorities"
	case "client_cert_file":
		return "a PEM file with the client certificate"
	default:
		return "a PEM file with the client certificate's private key, not encrypted"
	}
}

func fileHint(fault *openai.FileError) string {
	switch {
	case errors.Is(fault, fs.ErrNotExist):
		return "check the path, which must hold where Fluent Bit runs, as in its container"
	case errors.Is(fault, fs.ErrPermission):
		return "let the user that Fluent Bit runs as read the file, and enter its folders"
	default:
		return "put that into the file, or name another"
	}
}
