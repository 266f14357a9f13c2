package cli

// yamlUnmarshal returns the Unmarshal function of a YAML library, or nil in a build without one.
func yamlUnmarshal() func(data []byte, v any) error { return nil }
