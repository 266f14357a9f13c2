package openai_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"fluent-bit-openai-audit/internal/openai"
)

const (
	keyA = "sk-admin-AAAAAAAAAAAAAAAA"
	keyB = "sk-admin-BBBBBBBBBBBBBBBB"
	keyC = "sk-admin-CCCCCCCCCCCCCCCC"
)

// keyFile is a key file under test and what it said.
type keyFile struct {
	*openai.FileKey
	path string
	said []string
}

func newKeyFile(t *testing.T, text string) *keyFile {
	t.Helper()
	f := &keyFile{path: filepath.Join(t.TempDir(), "key")}
	f.write(t, text)
	source, err := openai.NewFileKey(f.options())
	if err != nil {
		t.Fatal(err)
	}
	f.FileKey = source
	return f
}

func (f *keyFile) options() openai.FileKeyOptions {
	return openai.FileKeyOptions{
		Path:        f.path,
		OnProblem:   func(err error) { f.said = append(f.said, "problem: "+err.Error()) },
		OnRecovered: func(text string) { f.said = append(f.said, "recovered: "+text) },
		OnWarning:   func(text string) { f.said = append(f.said, "warning: "+text) },
	}
}

func (f *keyFile) write(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(f.path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// replace puts a new file in the old one's place, as secret stores do.
func (f *keyFile) replace(t *testing.T, text string) {
	t.Helper()
	next := f.path + ".next"
	if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, f.path); err != nil {
		t.Fatal(err)
	}
}

// key returns the key in use by its last letter.
func (f *keyFile) key(t *testing.T) string {
	t.Helper()
	key, err := f.Key(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	text := key.Reveal()
	return text[len(text)-1:]
}

// expect compares what was said since the last call; PATH, A, B and C stand for the
// path and the keys' fingerprints.
func (f *keyFile) expect(t *testing.T, want ...string) {
	t.Helper()
	replace := strings.NewReplacer("PATH", f.path,
		"<A>", parseKey(t, keyA).Fingerprint(), "<B>", parseKey(t, keyB).Fingerprint(), "<C>", parseKey(t, keyC).Fingerprint())
	for i := range want {
		want[i] = replace.Replace(want[i])
	}
	if diff := cmp.Diff(want, f.said); diff != "" {
		t.Errorf("what was said differs (-want +got):\n%s", diff)
	}
	f.said = nil
}

func TestKeyFileIsReadAgainWhenItChanges(t *testing.T) {
	changes := map[string]func(*testing.T, *keyFile){
		"written in place": func(t *testing.T, f *keyFile) { f.write(t, keyB) },
		"replaced":         func(t *testing.T, f *keyFile) { f.replace(t, keyB+"\n") },
		"link moved": func(t *testing.T, f *keyFile) {
			target := filepath.Join(t.TempDir(), "other")
			if err := os.WriteFile(target, []byte(keyB), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(f.path); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(target, f.path); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newKeyFile(t, "  "+keyA+"\n")
				if got := f.key(t); got != "A" {
					t.Fatalf("key %s, want A", got)
				}
				change(t, f)
				if got := f.key(t); got != "A" {
					t.Errorf("key %s right after the change: the file was looked at too often", got)
				}
				time.Sleep(5 * time.Second)
				if got := f.key(t); got != "B" {
					t.Errorf("key %s, want B", got)
				}
				f.expect(t)
			})
		})
	}
}

// A refused key makes the file be read whatever its time of change says.
func TestKeyFileIsReadWhenRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newKeyFile(t, keyA)
		old := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
		setTime := func() {
			if err := os.Chtimes(f.path, old, old); err != nil {
				t.Fatal(err)
			}
		}
		setTime()
		time.Sleep(5 * time.Second)
		if got := f.key(t); got != "A" {
			t.Fatalf("key %s, want A", got)
		}
		f.write(t, keyB)
		setTime()
		time.Sleep(5 * time.Second)
		if got := f.key(t); got != "A" {
			t.Fatalf("key %s: the test does not hide the change", got)
		}
		if !f.Refused(parseKey(t, keyA)) {
			t.Error("no other key after the refusal")
		}
		if got := f.key(t); got != "B" {
			t.Errorf("key %s, want B", got)
		}
		if f.Refused(parseKey(t, keyB)) {
			t.Error("the refused key of the file is offered again at once")
		}
		if f.Refused(parseKey(t, keyA)) {
			t.Error("a key that was just refused is offered again at once")
		}
	})
}

// Neither an equal time nor an equal size hides a new file.
func TestKeyFileNoticesAnotherFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newKeyFile(t, keyA)
		old := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
		setTime := func() {
			if err := os.Chtimes(f.path, old, old); err != nil {
				t.Fatal(err)
			}
		}
		setTime()
		time.Sleep(5 * time.Second)
		f.key(t)
		f.replace(t, keyB)
		setTime()
		time.Sleep(5 * time.Second)
		if got := f.key(t); got != "B" {
			t.Errorf("key %s, want B", got)
		}
	})
}

// A file that changed a moment ago may change again without another time.
func TestKeyFileNoticesTwoChangesAtOnce(t *testing.T) {
	f := &keyFile{path: filepath.Join(t.TempDir(), "key")}
	f.write(t, keyA)
	now := time.Now()
	setTime := func() {
		if err := os.Chtimes(f.path, now, now); err != nil {
			t.Fatal(err)
		}
	}
	setTime()
	opts := f.options()
	opts.CheckEvery = 1
	source, err := openai.NewFileKey(opts)
	if err != nil {
		t.Fatal(err)
	}
	f.FileKey = source
	f.write(t, keyB)
	setTime()
	if got := f.key(t); got != "B" {
		t.Errorf("key %s, want B", got)
	}
}

// An answer to a request that was under way when the key changed shows that the
// key before is good.
func TestKeyFileFallsBackToAKeyThatProvedGoodLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newKeyFile(t, keyA)
		f.replace(t, keyB)
		time.Sleep(5 * time.Second)
		if got := f.key(t); got != "B" {
			t.Fatalf("key %s, want B", got)
		}
		f.Accepted(parseKey(t, keyA))
		if !f.Refused(parseKey(t, keyB)) {
			t.Error("no other key after the refusal")
		}
		if got := f.key(t); got != "A" {
			t.Errorf("key %s, want A", got)
		}
	})
}

func TestKeyFileKeepsTheLastGoodKey(t *testing.T) {
	const stays = "; the last good key (fingerprint <A>) stays in use"
	faults := map[string]struct {
		spoil func(*testing.T, *keyFile)
		want  string
	}{
		"emptied": {func(t *testing.T, f *keyFile) { f.write(t, " \n") }, "is empty"},
		"removed": {func(t *testing.T, f *keyFile) {
			if err := os.Remove(f.path); err != nil {
				t.Fatal(err)
			}
		}, "no such file or directory"},
		"a folder": {func(t *testing.T, f *keyFile) {
			if err := os.Remove(f.path); err != nil {
				t.Fatal(err)
			}
			if err := os.Mkdir(f.path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, "is not a regular file"},
		"binary":   {func(t *testing.T, f *keyFile) { f.write(t, "sk-\x00") }, "holds a control character (byte 4)"},
		"two keys": {func(t *testing.T, f *keyFile) { f.write(t, keyA+"\n"+keyB) }, "holds a blank or a line break: one key and nothing else is expected"},
		"quoted":   {func(t *testing.T, f *keyFile) { f.write(t, `"`+keyB+`"`) }, "stands in quotation marks, which are not part of a key"},
		"too long": {func(t *testing.T, f *keyFile) { f.write(t, strings.Repeat("k", 9000)) }, "is too long for a key (more than 8192 bytes)"},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newKeyFile(t, keyA)
				fault.spoil(t, f)
				for range 3 {
					time.Sleep(5 * time.Second)
					if got := f.key(t); got != "A" {
						t.Errorf("key %s, want A", got)
					}
				}
				f.expect(t, "problem: api_key_file: PATH: "+fault.want+stays)

				if err := os.RemoveAll(f.path); err != nil {
					t.Fatal(err)
				}
				f.write(t, keyB)
				time.Sleep(5 * time.Second)
				if got := f.key(t); got != "B" {
					t.Errorf("key %s, want B", got)
				}
				f.expect(t, "recovered: api_key_file: PATH: readable again (key fingerprint <B>)")
				time.Sleep(5 * time.Second)
				f.key(t)
				f.expect(t)
			})
		})
	}
}

func TestKeyFileAtStart(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, tt := range map[string]struct{ path, want string }{
		"missing": {filepath.Join(dir, "none"), "no such file or directory"},
		"folder":  {dir, "is not a regular file"},
		"device":  {os.DevNull, "is not a regular file"},
		"empty":   {write("empty", ""), "is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			source, err := openai.NewFileKey(openai.FileKeyOptions{Path: tt.path})
			if want := "api_key_file: " + tt.path + ": " + tt.want; errorText(err) != want {
				t.Errorf("error %q, want %q", errorText(err), want)
			}
			if source != nil {
				t.Error("there is a source beside the error")
			}
		})
	}
}

func TestKeyFileOpenToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newKeyFile(t, keyA)
		f.expect(t)
		if err := os.Chmod(f.path, 0o640); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			time.Sleep(5 * time.Second)
			f.key(t)
		}
		f.expect(t, "warning: api_key_file: PATH: other users can read it (mode 0640); mode 0600 or 0400 is enough")
	})
}

func TestKeyFileAge(t *testing.T) {
	f := newKeyFile(t, keyA)
	changed := time.Now().Add(-time.Hour)
	if err := os.Chtimes(f.path, changed, changed); err != nil {
		t.Fatal(err)
	}
	f.Refused(parseKey(t, keyA)) // has it read again
	if age := f.Age(); age < time.Hour || age > time.Hour+time.Minute {
		t.Errorf("age %v, want an hour", age)
	}
}

// rotation is a client with a key file, and a server that accepts some keys.
type rotation struct {
	*keyFile
	client   *openai.Client
	accepted []string // by their last letter
	status   int      // of a refusal
	body     string
	asked    string // the letters of the keys that came, in order
}

func newRotation(t *testing.T) *rotation {
	r := &rotation{keyFile: newKeyFile(t, keyA), status: 401, body: `{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}`}
	r.client = newClient(t, openai.Options{Keys: r.FileKey, Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
		key := req.Header.Get("Authorization")
		letter := key[len(key)-1:]
		r.asked += letter
		if slices.Contains(r.accepted, letter) {
			return answer(200, nil, goodPage)(req)
		}
		return answer(r.status, nil, r.body)(req)
	})})
	return r
}

// ask asks for a page and compares which keys were sent for it.
func (r *rotation) ask(t *testing.T, q openai.Query, wantKeys string, wantGood bool) *openai.Error {
	t.Helper()
	r.asked = ""
	var e *openai.Error
	if wantGood {
		page(t, r.client, q)
	} else {
		e = failure(t, r.client, q)
	}
	if r.asked != wantKeys {
		t.Errorf("sent the keys %q, want %q", r.asked, wantKeys)
	}
	return e
}

func TestRotation(t *testing.T) {
	t.Run("the old key dies, the file has a new one", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRotation(t)
			r.accepted = []string{"A"}
			r.ask(t, openai.Query{}, "A", true)
			r.accepted = []string{"B"}
			r.replace(t, keyB)
			r.ask(t, openai.Query{}, "AB", true)
			r.ask(t, openai.Query{}, "B", true)
			r.expect(t)
		})
	})
	t.Run("the old key dies before the file changes", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRotation(t)
			r.accepted = []string{"A"}
			r.ask(t, openai.Query{}, "A", true)
			r.accepted = nil
			e := r.ask(t, openai.Query{}, "A", false)
			if e.Reason != openai.ReasonIncorrectKey {
				t.Errorf("reason %v", e.Reason)
			}
			r.ask(t, openai.Query{}, "A", false)
			r.accepted = []string{"B"}
			r.replace(t, keyB)
			r.ask(t, openai.Query{}, "AB", true)
			r.expect(t)
		})
	})
	t.Run("the new key is not good yet, the old one still is", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRotation(t)
			r.accepted = []string{"A"}
			r.ask(t, openai.Query{}, "A", true)
			r.replace(t, keyB)
			time.Sleep(5 * time.Second)
			r.ask(t, openai.Query{}, "BA", true)
			r.ask(t, openai.Query{}, "A", true)
			r.expect(t, "problem: api_key_file: PATH: the API refuses the new key (fingerprint <B>); the one before it (fingerprint <A>) stays in use")

			time.Sleep(time.Minute)
			r.ask(t, openai.Query{}, "BA", true) // tried again after a minute, said once
			r.ask(t, openai.Query{}, "A", true)
			r.expect(t)

			r.accepted = []string{"A", "B"}
			time.Sleep(time.Minute)
			r.ask(t, openai.Query{}, "B", true)
			r.accepted = []string{"B"}
			r.ask(t, openai.Query{}, "B", true)
			r.expect(t, "recovered: api_key_file: PATH: the API accepts the file's key again (fingerprint <B>)")
		})
	})
	t.Run("a good key comes after a wrong one", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRotation(t)
			r.accepted = []string{"A", "C"}
			r.ask(t, openai.Query{}, "A", true)
			r.replace(t, keyB)
			time.Sleep(5 * time.Second)
			r.ask(t, openai.Query{}, "BA", true)
			r.replace(t, keyC)
			time.Sleep(5 * time.Second)
			r.ask(t, openai.Query{}, "C", true)
			r.expect(t,
				"problem: api_key_file: PATH: the API refuses the new key (fingerprint <B>); the one before it (fingerprint <A>) stays in use",
				"recovered: api_key_file: PATH: the API accepts the file's key again (fingerprint <C>)")
		})
	})
	t.Run("neither key is good", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRotation(t)
			r.accepted = []string{"A"}
			r.ask(t, openai.Query{}, "A", true)
			r.accepted = nil
			r.replace(t, keyB)
			time.Sleep(5 * time.Second)
			r.ask(t, openai.Query{}, "BA", false)
			r.ask(t, openai.Query{}, "B", false)
		})
	})
	t.Run("a new key without the scope", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRotation(t)
			r.status, r.body = 403, `{"error":"You have insufficient permissions for this operation. Missing scopes: api.audit_logs.read."}`
			r.accepted = []string{"A"}
			r.ask(t, openai.Query{}, "A", true)
			r.replace(t, keyB)
			time.Sleep(5 * time.Second)
			r.ask(t, openai.Query{}, "BA", true)
		})
	})
	t.Run("a refused tenant stream is no reason to leave a key", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := newRotation(t)
			r.status, r.body = 403, `{"error":"You have insufficient permissions for this operation. Missing scopes: api.audit_logs.read."}`
			r.accepted = []string{"A"}
			r.ask(t, openai.Query{}, "A", true)
			r.replace(t, keyB)
			time.Sleep(5 * time.Second)
			r.ask(t, openai.Query{Tenant: true}, "B", false)
			r.expect(t)
		})
	})
}

// Both keys are refused, and the error is the one of the key that the file holds,
// whichever was tried first.
func TestRotationReportsTheFilesKey(t *testing.T) {
	for name, wait := range map[string]time.Duration{"old key first": 0, "new key first": 5 * time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newKeyFile(t, keyA)
				good, asked := true, ""
				client := newClient(t, openai.Options{Keys: f.FileKey, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
					key := r.Header.Get("Authorization")
					asked += key[len(key)-1:]
					switch {
					case good:
						return answer(200, nil, goodPage)(r)
					case key == "Bearer "+keyA:
						return answer(401, nil, `{"error":{"message":"old","code":"invalid_api_key"}}`)(r)
					default:
						return answer(401, nil, `{"error":{"message":"new","code":"missing_scope"}}`)(r)
					}
				})})
				page(t, client, openai.Query{})
				good, asked = false, ""
				f.replace(t, keyB)
				time.Sleep(wait)
				e := failure(t, client, openai.Query{})
				if e.Message != "new" {
					t.Errorf("message %q, want that about the new key", e.Message)
				}
				if want := map[string]string{"old key first": "AB", "new key first": "BA"}[name]; asked != want {
					t.Errorf("sent the keys %s, want %s", asked, want)
				}
			})
		})
	}
}

// The second request of a call counts against the requests per minute.
func TestRotationAsksTheGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newKeyFile(t, keyA)
		gate := openai.NewGate(1, 6)
		client := newClient(t, openai.Options{Keys: f.FileKey, Gate: gate, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("Authorization") == "Bearer "+keyA {
				return answer(401, nil, "")(r)
			}
			return answer(200, nil, goodPage)(r)
		})})
		f.replace(t, keyB)
		release, err := gate.Acquire(context.Background(), openai.Live)
		if err != nil {
			t.Fatal(err)
		}
		defer release()
		start := time.Now()
		page(t, client, openai.Query{})
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("the second request came after %v, want 10s", took)
		}
	})
}
