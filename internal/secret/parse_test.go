package secret_test

import (
	"strings"
	"testing"

	"fluent-bit-openai-audit/internal/secret"
)

func TestParse(t *testing.T) {
	t.Parallel()
	const named = "holds NAME=sk-... as a file of variables does: the key alone is expected, without the name"
	for _, tt := range []struct{ name, text, want, err string }{
		{"plain", testKey, testKey, ""},
		{"white space around", " \r\n\t" + testKey + "\r\n", testKey, ""},
		{"another product's", "ghp_a+b/c=", "ghp_a+b/c=", ""},
		{"just not too long", strings.Repeat("k", 8192), strings.Repeat("k", 8192), ""},
		{"too long", strings.Repeat("k", 8193), "", "is too long for a key (more than 8192 bytes)"},
		{"too long with what is around", testKey + strings.Repeat("\n", 8192), "", "is too long for a key (more than 8192 bytes)"},
		{"empty", "", "", "is empty"},
		{"only white space", " \n ", "", "is empty"},
		{"quotation marks", ` "` + testKey + `" `, "", "stands in quotation marks, which are not part of a key"},
		{"single quotation marks", "'" + testKey + "'", "", "stands in quotation marks, which are not part of a key"},
		{"bearer", "bearer " + testKey, "", `begins with "Bearer", which is not part of a key`},
		{"path", "/run/secrets/key", "", "holds a path in place of a key; api_key_file takes the path of a file that holds the key itself"},
		{"relative path", "./key", "", "holds a path in place of a key; api_key_file takes the path of a file that holds the key itself"},
		{"URL of a file", "file:///key", "", "holds a path in place of a key; api_key_file takes the path of a file that holds the key itself"},
		{"two lines", testKey + "\n" + testKey, "", "holds a blank or a line break: one key and nothing else is expected"},
		{"header injection", testKey + "\r\nX-Evil: 1", "", "holds a blank or a line break: one key and nothing else is expected"},
		{"blank", "sk-admin abc", "", "holds a blank or a line break: one key and nothing else is expected"},
		{"control", "sk-admin-\x00", "", "holds a control character (byte 10)"},
		{"delete", "sk-admin-\x7f", "", "holds a control character (byte 10)"},
		{"dash from a document", "sk\u2013admin-abc", "", "holds a character that is not ASCII (byte 3), perhaps from copying formatted text"},
		{"zero-width space", "sk-admin-abc\u200b", "", "holds a character that is not ASCII (byte 13), perhaps from copying formatted text"},
		{"byte order mark", "\ufeffsk-admin-abc\r\n", "sk-admin-abc", ""},
		{"byte order mark alone", "\ufeff\r\n", "", "is empty"},
		{"two byte order marks", "\ufeff\ufeffsk-admin-abc", "", "holds a character that is not ASCII (byte 1), perhaps from copying formatted text"},
		{"UTF-16", "\xff\xfes\x00k\x00-\x00", "", "is written in UTF-16: save it as UTF-8 or ASCII"},
		{"UTF-16, big", "\xfe\xff\x00s\x00k\x00-", "", "is written in UTF-16: save it as UTF-8 or ASCII"},
		{"variable", "OPENAI_ADMIN_KEY=" + testKey + "\n", "", named},
		{"variable with a mark", "\ufeffOPENAI_ADMIN_KEY=" + testKey, "", named},
		{"variable in quotation marks", `KEY="` + testKey + `"`, "", named},
		{"exported variable", "export OPENAI_ADMIN_KEY = '" + testKey + "'", "", named},
		{"variables", "A=" + testKey + "\nB=c", "", named},
		{"YAML", "api_key: " + testKey, "", named},
		{"JSON", `{"api_key": "` + testKey + `"}`, "", named},
		{"a gateway's own", "team:" + testKey, "team:" + testKey, ""},
		{"another product's, with signs", "abc+/sk-==", "abc+/sk-==", ""},
		{"another product's, with a sign before", "a/b=sk-x", "a/b=sk-x", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			key, err := secret.Parse(tt.text)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != tt.err {
				t.Errorf("error = %q, want %q", got, tt.err)
			}
			if key.Reveal() != tt.want || key.IsZero() != (tt.err != "") {
				t.Errorf("key = %q, want %q", key.Reveal(), tt.want)
			}
		})
	}
}
