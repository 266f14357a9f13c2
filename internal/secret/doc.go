// Package secret holds an API key so that nothing but the request that needs it can tell what it is.
//
// A Key shows as "[redacted]" wherever it is printed, logged or encoded. Parse is the one way to a Key, and judges its
// text alike, whether a property, the environment or a file holds it. Cut takes keys out of text that others wrote.
//
// The package knows nothing of the rest of the project.
package secret
