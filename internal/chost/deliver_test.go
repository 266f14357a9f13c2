package chost_test

import (
	"fmt"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/chost"
	"fluent-bit-openai-audit/internal/fakeopenai"
)

func TestEveryEventOnce(t *testing.T) {
	for _, host := range hosts {
		t.Run(host.name, func(t *testing.T) {
			t.Parallel()
			organization := yesterday(1, 2500)
			organization.TenantShare = 0.2
			a := newAPI(t, organization)
			h := program(t).Start(t, host.Options)
			h.Set(0, a.properties(t, "scope", "all")...)
			h.Do("init 0")
			want := a.events(fakeopenai.OrganizationStream, fakeopenai.TenantStream)
			records := collect(t, h, 0, len(want))
			wantAll(t, records, want)
			terminate(h, 0)
			h.Do("unload")
		})
	}
}

func TestLivePage(t *testing.T) {
	t.Parallel()
	events, err := fakeopenai.LoadFile("../fakeopenai/testdata/live_page.json")
	if err != nil {
		t.Fatal(err)
	}
	a := newAPI(t, fakeopenai.OrganizationOptions{})
	a.Add(events...)
	h := program(t).Start(t, chost.Options{Contexts: true, Exports: true})
	h.Set(0, a.properties(t)...)
	h.Do("init 0")
	wantAll(t, collect(t, h, 0, len(events)), a.events(fakeopenai.OrganizationStream))
	terminate(h, 0)
}

// Nothing may be appended in one call that is much larger than a chunk: the host checks that.
func TestLargeBacklog(t *testing.T) {
	t.Parallel()
	a := newAPI(t, yesterday(2, 12000))
	for _, host := range []chost.Options{{Contexts: true, Exports: true}, {Contexts: true}} {
		t.Run(fmt.Sprintf("exports %v", host.Exports), func(t *testing.T) {
			h := program(t).Start(t, host)
			h.Set(0, a.properties(t, "queue_size", "64M")...)
			h.Do("init 0")
			want := a.events(fakeopenai.OrganizationStream)
			wantAll(t, collect(t, h, 0, len(want)), want)
		})
	}
}

func TestTwoInstances(t *testing.T) {
	t.Parallel()
	apis := []*api{newAPI(t, yesterday(3, 400)), newAPI(t, yesterday(4, 300))}
	h := program(t).Start(t, chost.Options{Contexts: true, Exports: true})
	h.Do("alias 1 second")
	for i, a := range apis {
		h.Set(i, a.properties(t)...)
	}
	h.Do("init 0")
	h.Do("init 1")
	for i, a := range apis {
		want := a.events(fakeopenai.OrganizationStream)
		wantAll(t, collect(t, h, i, len(want)), want)
	}
	terminate(h, 1)
	terminate(h, 0)
	h.Do("unload")
}

func TestRefusedAppends(t *testing.T) {
	for _, every := range []int{1, 2, 3} {
		t.Run(fmt.Sprintf("each %d", every), func(t *testing.T) {
			t.Parallel()
			a := newAPI(t, yesterday(5, 1500))
			h := program(t).Start(t, chost.Options{Contexts: true, Exports: true})
			h.Set(0, a.properties(t)...)
			h.Do("fail 0 %d", every)
			h.Do("init 0")
			want := a.events(fakeopenai.OrganizationStream)
			if every == 1 {
				awaitAppend(t, h, 0)
				if n := len(h.Records(0)); n != 0 {
					t.Fatalf("%d records were stored of appends that all failed", n)
				}
				h.Do("fail 0 0")
			}
			wantAll(t, collect(t, h, 0, len(want)), want)
			wantLog(t, h, 2, "openai_audit.0", "not accept")
			terminate(h, 0)
		})
	}
}

// awaitAppend calls the instance until it appends something.
func awaitAppend(t *testing.T, h *chost.Host, instance int) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; tick(20 * time.Millisecond) {
		var rc, appends, size int
		reply := h.Do("collect %d", instance)
		if _, err := fmt.Sscanf(reply, "ok %d appends=%d size=%d", &rc, &appends, &size); err != nil {
			t.Fatalf("%q: %v", reply, err)
		}
		if appends > 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("nothing was appended")
		}
	}
}

func TestPause(t *testing.T) {
	t.Parallel()
	apis := []*api{newSlowAPI(t, yesterday(6, 3000), 100*time.Millisecond), newAPI(t, yesterday(7, 500))}
	h := program(t).Start(t, chost.Options{Contexts: true, Exports: true})
	for i, a := range apis {
		h.Set(i, a.properties(t)...)
		h.Do("init %d", i)
	}
	awaitAppend(t, h, 0)
	h.Do("pause 0")
	paused := len(h.Records(0))
	if paused == 3000 {
		t.Fatal("nothing is left that the pause could hold up")
	}
	// The host goes on calling a paused instance when it paused the wrong one.
	for range 20 {
		h.Do("collect 0")
		tick(20 * time.Millisecond)
	}
	if n := len(h.Records(0)); n != paused {
		t.Errorf("%d records were handed over while paused", n-paused)
	}
	want := apis[1].events(fakeopenai.OrganizationStream)
	wantAll(t, collect(t, h, 1, len(want)), want)

	h.Do("resume 0")
	want = apis[0].events(fakeopenai.OrganizationStream)
	wantAll(t, collect(t, h, 0, len(want)), want)
}
