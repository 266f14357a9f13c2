package host

import (
	"testing"
	"testing/fstest"
)

// What Fluent Bit 5.1.1 shows of itself at rest, and how.
const (
	resting  = "232 0x10 0x7fd45000de60 0x100 0xffffffffffffffff 0x0 0x0 0x7fd45d1fe9e0 0x7fd45e52b9ee\n"
	loopInfo = "pos:\t0\nflags:\t02000002\nmnt_id:\t16\nino:\t1057\n" +
		"tfd:       17 events: 8000201d data:     7fd45e6c8a10  pos:0 ino:421 sdev:e\n" +
		"tfd:       31 events:       19 data:     7fd45000cd20  pos:0 ino:421 sdev:10\n" +
		"tfd:       30 events:       19 data:     7fd45000cc80  pos:0 ino:421 sdev:10\n"
	pipeInfo  = "pos:\t0\nflags:\t00\nmnt_id:\t15\nino:\t2087\n"
	timerInfo = "pos:\t0\nflags:\t02\nmnt_id:\t16\nino:\t1057\nclockid: 1\nticks: 0\nsettime flags: 01\n" +
		"it_value: (0, 101543210)\nit_interval: (0, 250000000)\n"
	otherTimer = "pos:\t0\nflags:\t02\nmnt_id:\t16\nino:\t1057\nclockid: 1\nticks: 0\nsettime flags: 01\n" +
		"it_value: (0, 501543210)\nit_interval: (1, 500000000)\n"
)

// proc is /proc/self of a Fluent Bit whose engine is thread 12.
func proc(changed ...string) fstest.MapFS {
	files := fstest.MapFS{}
	all := append([]string{
		"task/9/comm", "fluent-bit\n",
		"task/9/syscall", resting,
		"task/12/comm", "flb-pipeline\n",
		"task/12/syscall", resting,
		"task/15/comm", "flb-in-openai_a\n",
		"task/15/syscall", "running\n",
		"fdinfo/16", loopInfo,
		"fdinfo/17", pipeInfo,
		"fdinfo/30", timerInfo,
		"fdinfo/31", otherTimer,
		"fdinfo/40", "pos:\t0\nflags:\t02\nmnt_id:\t16\nino:\t1057\ntfd:       17 events:       19 data:  1  pos:0 ino:421 sdev:e\n",
	}, changed...)
	for i := 0; i < len(all); i += 2 {
		files[all[i]] = &fstest.MapFile{Data: []byte(all[i+1])}
	}
	return files
}

func TestEngineRests(t *testing.T) {
	const arm = "22 0x10 0xffff80009c60 0x100 0xffffffffffffffff 0x0 0x8 0xffff9b5fe5a0 0xffff9c2e1b04\n"
	tests := []struct {
		name, arch   string
		proc         fstest.MapFS
		rests, known bool
	}{
		{"in its loop", "amd64", proc(), true, true},
		{"in its loop, by epoll_pwait", "amd64", proc("task/12/syscall", "281"+resting[3:]), true, true},
		{"in its loop, by epoll_pwait2", "amd64", proc("task/12/syscall", "441"+resting[3:]), true, true},
		{"in its loop on arm64", "arm64", proc("task/12/syscall", arm), true, true},
		{"another call of arm64", "arm64", proc(), false, true},
		{"at work", "amd64", proc("task/12/syscall", "running\n"), false, true},
		{"blocked outside of a call", "amd64", proc("task/12/syscall", "-1 0x7ffd01e57e90 0x7f1e4e8d53b7\n"), false, true},
		{"a filter sleeps", "amd64", proc("task/12/syscall", "230 0x0 0x0 0x7fd45d1fdd10 0x7fd45d1fdd10 0x0 0x0 0x7fd45d1fdcd8 0x7fd45e4f0adf\n"), false, true},
		{"a filter waits for a child", "amd64", proc("task/12/syscall", "61 0x10 0x7fd45d1fd9c0 0x0 0x0 0x0 0x0 0x7fd45d1fd988 0x7fd45e4f2c17\n"), false, true},
		{"another loop, before its own was seen", "amd64", proc("task/12/syscall", "232 0x28"+resting[8:]), false, false},
		{"a loop of which the system tells nothing", "amd64", proc("task/12/syscall", "232 0x99"+resting[8:]), false, false},
		{"a system that tells nothing", "amd64", fstest.MapFS{}, false, false},
		{"an unknown architecture", "riscv64", proc(), false, false},
		{"no engine", "amd64", proc("task/12/comm", "another\n"), false, false},
		{"two engines", "amd64", proc("task/13/comm", "flb-pipeline\n"), false, false},
		{"empty", "amd64", proc("task/12/syscall", ""), false, true},
		{"not a number", "amd64", proc("task/12/syscall", "232 16x\n"), false, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rests, known := findEngine(test.proc, test.arch).Rests()
			if rests != test.rests || known != test.known {
				t.Errorf("Rests = %v, %v; want %v, %v", rests, known, test.rests, test.known)
			}
		})
	}
}

// Once the engine's loop was seen it is the only one, whatever is in another.
func TestEngineKeepsItsLoop(t *testing.T) {
	files := proc()
	e := findEngine(files, "amd64")
	check := func(when string, wantRests, wantKnown bool) {
		t.Helper()
		if rests, known := e.Rests(); rests != wantRests || known != wantKnown {
			t.Errorf("%s: Rests = %v, %v; want %v, %v", when, rests, known, wantRests, wantKnown)
		}
	}
	syscall := func(text string) { files["task/12/syscall"] = &fstest.MapFile{Data: []byte(text)} }
	check("at rest", true, true)
	files["fdinfo/40"] = files["fdinfo/16"]
	syscall("232 0x28" + resting[8:])
	check("in the loop of a filter", false, true)
	delete(files, "fdinfo/16")
	syscall(resting)
	check("at rest again", true, true)
	delete(files, "task/12/syscall")
	check("ended", false, false)
}
