package fakeopenai

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// rewritten writes a key as a form of EchoKey says.
func rewritten(key, form string) string {
	half := len(key) / 2
	switch form {
	case "blank":
		return key[:half] + " " + key[half:]
	case "lines":
		return key[:half] + "\r\n" + key[half:]
	case "base64":
		return base64.StdEncoding.EncodeToString([]byte(key))
	case "base64url":
		return base64.RawURLEncoding.EncodeToString([]byte(key))
	case "hex":
		return hex.EncodeToString([]byte(key))
	case "percent":
		var b strings.Builder
		for i := range len(key) {
			fmt.Fprintf(&b, "%%%02X", key[i])
		}
		return b.String()
	case "reversed":
		b := []byte(key)
		slices.Reverse(b)
		return string(b)
	default:
		return key
	}
}
