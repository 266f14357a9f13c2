package receivers_test

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"fluent-bit-openai-audit/internal/fakeopenai"
)

// postgreSQL is a PostgreSQL with the table and the trigger of postgresql.yaml. It needs a Fluent Bit with out_pgsql,
// which is not built by default.
func postgreSQL(t *testing.T, _ *authority) receiver {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), need(t, shared.fluentBit), "--help").CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), "\n  pgsql ") {
		t.Skip("this Fluent Bit has no output pgsql: it was built without FLB_OUT_PGSQL")
	}
	db := startPostgreSQL(t)
	return receiver{env: append(db.env, "PGPASSWORD=unused"), ids: db.ids}
}

// What postgresql.yaml has the table be takes the statement that out_pgsql sends, again and again, and keeps one of each
// event; and the query that it shows tells the ids. (The statement is that of Fluent Bit 5.1.1.)
func TestPostgreSQL(t *testing.T) {
	t.Parallel()
	db := startPostgreSQL(t)
	s, want := organization(t, 0)
	var rows []string
	for _, stream := range streams {
		for e := range s.List(time.Now(), fakeopenai.Filter{Stream: stream}) {
			rows = append(rows, `{"date":`+strconv.FormatInt(e.EffectiveAt, 10)+".0,"+string(e.Raw[1:]))
		}
	}
	insert := "INSERT INTO openai_audit SELECT 'openai.audit', to_timestamp(CAST(value->>'date' as FLOAT)), * " +
		"FROM json_array_elements('" + strings.ReplaceAll("["+strings.Join(rows, ",")+"]", "'", "''") + "');"
	for range 2 {
		db.run(insert)
	}
	got, err := db.ids()
	if err != nil {
		t.Fatal(err)
	}
	if compare(t, want, got) > 0 {
		t.Error("the trigger lets repeats in")
	}
	// The query that postgresql.yaml shows, for today and the day before.
	query := comment(t, "postgresql.yaml", "psql ", "SELECT")
	day := func(days int) string { return time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly) }
	export := exec.CommandContext(t.Context(), "sh", "-c",
		strings.NewReplacer("2026-01-01", day(-1), "2026-01-02", day(1), "psql", db.psql).Replace(query))
	export.Env = append(os.Environ(), db.env...)
	out, err := export.Output()
	if err != nil {
		t.Fatal(err)
	}
	compare(t, want, strings.Fields(string(out)))
}

// database is a PostgreSQL that listens on loopback.
type database struct {
	t    *testing.T
	psql string
	env  []string
}

func startPostgreSQL(t *testing.T) *database {
	t.Helper()
	initdb := need(t, program("initdb", "/usr/lib/postgresql/*/bin/initdb"))
	server := need(t, program("postgres", "/usr/lib/postgresql/*/bin/postgres"))
	db := &database{t: t, psql: need(t, program("psql"))}
	dir, err := os.MkdirTemp("", "postgresql") //nolint:usetesting // the user below may not enter the parents of t.TempDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	as := unprivileged(t, dir)
	create := exec.CommandContext(t.Context(), initdb, "-D", filepath.Join(dir, "data"), "-A", "trust", "-U", "openai_audit", "-E", "UTF8")
	create.Dir, create.SysProcAttr = dir, &syscall.SysProcAttr{Credential: as}
	if out, err := create.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", create, err, out)
	}
	port := freePort(t)
	serve := exec.Command(server, "-D", filepath.Join(dir, "data"), "-h", "127.0.0.1", "-p", port, "-k", dir, "-F")
	serve.Dir, serve.SysProcAttr = dir, &syscall.SysProcAttr{Credential: as}
	p := start(t, serve)
	db.env = []string{"PGHOST=127.0.0.1", "PGPORT=" + port, "PGUSER=openai_audit", "PGDATABASE=postgres"}
	p.await("PostgreSQL to answer", func() bool { _, err := db.query("SELECT 1"); return err == nil })
	db.run(comment(t, "postgresql.yaml", "CREATE TABLE", "CREATE TRIGGER"))
	return db
}

// unprivileged gives a folder to the user that PostgreSQL has to run as, since it refuses root.
func unprivileged(t *testing.T, dir string) *syscall.Credential {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Skipf("PostgreSQL does not run as root: %v", err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		t.Fatal(err)
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// query runs SQL, and returns what it prints.
func (db *database) query(sql string) (string, error) {
	cmd := exec.CommandContext(db.t.Context(), db.psql, "-v", "ON_ERROR_STOP=1", "-qAt")
	cmd.Env, cmd.Stdin = append(os.Environ(), db.env...), strings.NewReader(sql)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (db *database) run(sql string) {
	db.t.Helper()
	if out, err := db.query(sql); err != nil {
		db.t.Fatalf("%v: %s", err, out)
	}
}

func (db *database) ids() ([]string, error) {
	out, err := db.query("SELECT data->>'id' FROM openai_audit")
	return strings.Fields(out), err
}
