package openai_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"fluent-bit-openai-audit/internal/openai"
)

// waiting starts waiting for another key than that of a generation, and returns what tells how it ended and when.
func waiting(ctx context.Context, source openai.KeySource, since uint64) <-chan error {
	ended := make(chan error, 1)
	go func() { ended <- source.Changed(ctx, since) }()
	return ended
}

// isOver reports whether something that waits has ended by now, and how.
func isOver(ended <-chan error) (bool, error) {
	synctest.Wait()
	select {
	case err := <-ended:
		return true, err
	default:
		return false, nil
	}
}

func TestAReplacedKeyEndsAllWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newKeyFile(t, keyA)
		since := f.Generation()
		first := waiting(t.Context(), f, since)
		time.Sleep(3 * time.Second)
		second := waiting(t.Context(), f, since)
		if over, _ := isOver(first); over {
			t.Fatal("a wait ends without a new key")
		}
		time.Sleep(20 * time.Second)
		f.replace(t, keyB)
		time.Sleep(5 * time.Second)
		for name, ended := range map[string]<-chan error{"first": first, "second": second} {
			if over, err := isOver(ended); !over || err != nil {
				t.Errorf("the %s wait: over %v, error %v, 5s after the key was replaced", name, over, err)
			}
		}
		if f.Generation() == since || f.key(t) != "B" {
			t.Errorf("generation %d, key %s", f.Generation(), f.key(t))
		}
		if over, err := isOver(waiting(t.Context(), f, since)); !over || err != nil {
			t.Error("who comes after the change waits for another")
		}
	})
}

// What is no other key ends no wait: the file touched, the same key written again, the file gone or spoilt.
func TestTheSameKeyEndsNoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newKeyFile(t, keyA)
		ended := waiting(t.Context(), f, f.Generation())
		for name, change := range map[string]func(){
			"written again": func() { f.write(t, "\n"+keyA+"\n") },
			"spoilt":        func() { f.write(t, "no key") },
			"gone": func() {
				if err := os.Remove(f.path); err != nil {
					t.Error(err)
				}
			},
			"refused": func() { f.Refused(parseKey(t, keyA)); f.Accepted(parseKey(t, keyA)) },
		} {
			change()
			time.Sleep(10 * time.Second)
			if over, err := isOver(ended); over {
				t.Fatalf("%s: the wait ends with %v", name, err)
			}
		}
		f.write(t, keyB)
		time.Sleep(5 * time.Second)
		if over, err := isOver(ended); !over || err != nil {
			t.Errorf("over %v, error %v after the file holds another key", over, err)
		}
	})
}

// A request that finds the new key first ends the wait at once.
func TestARequestEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newKeyFile(t, keyA)
		ended := waiting(t.Context(), f, f.Generation())
		time.Sleep(time.Second)
		f.replace(t, keyB)
		f.Refused(parseKey(t, keyA)) // reads the file
		if over, err := isOver(ended); !over || err != nil {
			t.Errorf("over %v, error %v", over, err)
		}
	})
}

func TestAWaitForAKeyEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, source := range map[string]openai.KeySource{"file": newKeyFile(t, keyA), "static": staticKey(t, keyA)} {
			ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
			begun := time.Now()
			err := source.Changed(ctx, source.Generation())
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != 7*time.Second {
				t.Errorf("%s: error %v after %v", name, err, time.Since(begun))
			}
			if err := source.Changed(ctx, source.Generation()); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: error %v with a context that has ended", name, err)
			}
			cancel()
		}
	})
}
