// Command demo shows the whole way on one machine: the simulator's audit log, through Fluent Bit with the plugin (or
// `openai-audit tail`, where there is none), into VictoriaLogs, whose web page is ready to search it. It prints one address,
// and goes on until it is interrupted; then it ends what it has started and removes what that had written. `make demo`
// builds what is needed and runs it, in the repository's top folder.
//
// No record is real, no key is needed, and nothing leaves this machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"time"
)

const key = "sk-admin-simulated"

func main() {
	var d demo
	flag.StringVar(&d.listen, "listen", "127.0.0.1:9428", "the address of VictoriaLogs")
	flag.StringVar(&d.command, "command", "build/openai-audit", "the companion command")
	flag.StringVar(&d.library, "library", "build/in_openai_audit.so", "the plugin")
	flag.StringVar(&d.config, "config", "conf/destinations/victorialogs.yaml", "Fluent Bit's configuration")
	flag.StringVar(&d.victoriaLogs, "victoria-logs", "build/tools/victoria-logs", "VictoriaLogs")
	flag.StringVar(&d.fluentBit, "fluent-bit", os.Getenv("FLUENT_BIT"), "Fluent Bit; none takes openai-audit tail")
	flag.StringVar(&d.rate, "rate", "0.5", "new events a second")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := d.run(ctx); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// demo is one run.
type demo struct {
	listen, command, library, config, victoriaLogs, fluentBit, rate string

	dir     string
	started []*program // the last one ends first
}

// run starts everything, says where to look, and waits for the end: of ctx, or of a program that should not have ended.
func (d *demo) run(ctx context.Context) (err error) {
	if d.dir, err = os.MkdirTemp("", "openai-audit-demo"); err != nil {
		return err
	}
	defer func() {
		for i := len(d.started) - 1; i >= 0; i-- {
			d.started[i].end()
		}
		err = errors.Join(err, os.RemoveAll(d.dir))
	}()
	for _, path := range []*string{&d.command, &d.library, &d.config, &d.victoriaLogs} {
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	if err := d.store(ctx); err != nil {
		return err
	}
	api, err := d.simulator(ctx)
	if err != nil {
		return err
	}
	by, err := d.collect(ctx, api)
	if err != nil {
		return err
	}
	fmt.Printf("Simulated events of the last 6 hours, and new ones as they come, by %s: no record is real. Ctrl-C ends it.\n\n"+
		"  http://%s/select/vmui/\n\n", by, d.listen)
	return d.wait(ctx)
}

// wait waits until ctx ends, or one of the programs does.
func (d *demo) wait(ctx context.Context) error {
	ended := make(chan error, len(d.started))
	for _, p := range d.started {
		go func() {
			<-p.ended
			ended <- fmt.Errorf("%s ended:\n%s", p.cmd.Path, p.log.tail())
		}()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-ended:
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	}
}

// store starts VictoriaLogs, and waits until it answers. Whoever else listens there gets nothing.
func (d *demo) store(ctx context.Context) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", d.listen)
	if err != nil {
		return fmt.Errorf("%w; another address: make demo DEMOFLAGS='-listen 127.0.0.1:9429'", err)
	}
	if err := l.Close(); err != nil {
		return err
	}
	p, err := d.start(exec.Command(d.victoriaLogs, "-httpListenAddr="+d.listen, "-retentionPeriod=60d",
		"-storageDataPath="+filepath.Join(d.dir, "logs")))
	if err != nil {
		return err
	}
	return p.await(ctx, func() bool {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.listen+"/health", http.NoBody)
		if err != nil {
			return false
		}
		answer, err := http.DefaultClient.Do(r)
		return err == nil && answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
	})
}

var listens = regexp.MustCompile(`(?m)^Simulating .* at (http\S+) with key`)

// simulator starts the simulator, and returns the API's URL.
func (d *demo) simulator(ctx context.Context) (api string, err error) {
	p, err := d.start(exec.Command(d.command, "simulate", "-listen", "127.0.0.1:0", "-key", key, "-rate", d.rate, "-history", "1d"))
	if err != nil {
		return "", err
	}
	err = p.await(ctx, func() bool {
		m := listens.FindStringSubmatch(p.log.String())
		if m != nil {
			api = m[1]
		}
		return m != nil
	})
	return api, err
}

// collect starts what brings the events from the API to VictoriaLogs, and says what that is.
func (d *demo) collect(ctx context.Context, api string) (by string, err error) {
	if d.fluentBit == "" {
		return "openai-audit tail, since there is no Fluent Bit here", d.tail(ctx, api)
	}
	if version, old := tooOld(ctx, d.fluentBit); old {
		return "openai-audit tail, since " + d.fluentBit + " is " + version + ", and the configuration needs 5.0.6", d.tail(ctx, api)
	}
	plugins := filepath.Join(d.dir, "plugins.conf")
	if err := os.WriteFile(plugins, []byte("[PLUGINS]\n    Path "+d.library+"\n"), 0o600); err != nil {
		return "", err
	}
	host, port, err := splitAddress(d.listen)
	if err != nil {
		return "", err
	}
	metrics, err := freePort(ctx)
	if err != nil {
		return "", err
	}
	cmd := exec.Command(d.fluentBit, "-c", d.config)
	cmd.Env = append(os.Environ(), "OPENAI_ADMIN_KEY="+key, "OPENAI_ADMIN_KEY_FILE=", "OPENAI_BASE_URL="+api,
		"OPENAI_AUDIT_START_FROM=6h", "OPENAI_AUDIT_DB="+filepath.Join(d.dir, "state.db"),
		"OPENAI_AUDIT_STORAGE="+filepath.Join(d.dir, "storage"), "OPENAI_AUDIT_PLUGINS="+plugins,
		"OPENAI_AUDIT_HTTP_PORT="+metrics, "VICTORIALOGS_HOST="+host, "VICTORIALOGS_PORT="+port, "VICTORIALOGS_TLS=off")
	_, err = d.start(cmd)
	return "Fluent Bit with " + filepath.Base(d.config), err
}

// tail starts openai-audit tail, whose lines go to VictoriaLogs in one request that lasts.
func (d *demo) tail(ctx context.Context, api string) error {
	cmd := exec.Command(d.command, "tail", "-p", "base_url="+api, "-p", "start_from=6h", "-p", "format=ocsf")
	cmd.Env = append(os.Environ(), "OPENAI_ADMIN_KEY="+key)
	lines, write := io.Pipe()
	cmd.Stdout = write
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+d.listen+
		"/insert/jsonline?_stream_fields=source&extra_fields=source=openai_audit&_time_field=time&_msg_field=message", lines)
	if err != nil {
		return err
	}
	p, err := d.start(cmd)
	if err != nil {
		return err
	}
	go func() {
		answer, err := http.DefaultClient.Do(r)
		if err == nil {
			err = errors.Join(fmt.Errorf("VictoriaLogs answers %s", answer.Status), answer.Body.Close())
		}
		_ = lines.CloseWithError(err) // and so tail ends, which ends the demo
		fmt.Fprintln(&p.log, err)
	}()
	return nil
}

// start starts a program that ends with the demo.
func (d *demo) start(cmd *exec.Cmd) (*program, error) {
	p := &program{cmd: cmd, ended: make(chan struct{})}
	cmd.Dir, cmd.Stderr = d.dir, &p.log
	if cmd.Stdout == nil {
		cmd.Stdout = &p.log
	}
	// A group of its own: Ctrl-C in a terminal goes to the demo alone, which ends the others in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	d.started = append(d.started, p)
	go func() {
		_ = cmd.Wait() // what it printed tells more than its status
		close(p.ended)
	}()
	return p, nil
}

// limit is how long a program may take to be ready, and to end.
const limit = 20 * time.Second
