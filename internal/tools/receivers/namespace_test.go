package receivers_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// trusting returns a way to run a program for which the system's certificate authorities are the test's, and names lead to
// addresses of this machine: in a mount namespace of its own, with files put in the place of the system's. It is for
// outputs that get a token from a place whose address or authorities no property names.
func trusting(t *testing.T, a *authority, names map[string]string) func(*exec.Cmd) *exec.Cmd {
	t.Helper()
	const folder = "/etc/ssl/certs"
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("the system's certificate authorities are not where Fluent Bit looks for them: %v", err)
	}
	trusted := t.TempDir()
	writeFile(t, filepath.Join(trusted, "ca-certificates.crt"), a.bundle())
	writeFile(t, filepath.Join(trusted, "test.pem"), a.bundle())
	rehash := exec.CommandContext(t.Context(), need(t, program("openssl")), "rehash", trusted)
	if out, err := rehash.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", rehash, err, out)
	}
	hosts := "127.0.0.1 localhost\n"
	for name, address := range names {
		hosts += address + " " + name + "\n"
	}
	file := filepath.Join(t.TempDir(), "hosts")
	writeFile(t, file, hosts)
	return func(cmd *exec.Cmd) *exec.Cmd {
		script := "mount --make-rprivate / && mount --bind " + trusted + " " + folder + " && mount --bind " + file + ` /etc/hosts && exec "$@"`
		inside := exec.Command("sh", append([]string{"-c", script, "sh"}, cmd.Args...)...)
		inside.Env = cmd.Env
		inside.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
		if uid := os.Getuid(); uid != 0 {
			inside.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
			inside.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
			inside.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
		}
		probe := exec.CommandContext(t.Context(), "sh", "-c", strings.ReplaceAll(script, `exec "$@"`, "true"))
		probe.SysProcAttr = inside.SysProcAttr
		if out, err := probe.CombinedOutput(); err != nil {
			t.Skipf("no mount namespace here: %v: %s", err, out)
		}
		return inside
	}
}
