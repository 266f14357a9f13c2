// Package sdk holds one test: that OpenAI's official client for Go can page through the simulator of
// internal/fakeopenai. It is a module of its own, so that the client is no dependency of the project.
package sdk
