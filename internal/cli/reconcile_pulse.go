package cli

import "time"

// pulseEvery is how often it is said that something goes on, where that is not a terminal's last line.
const pulseEvery = 30 * time.Second

// pulse says that something goes on: on a terminal in its last line, else in a line now and then.
type pulse struct {
	status *statusLine
	std    streams
	next   time.Time
}

func newPulse(std streams) *pulse {
	p := &pulse{status: newStatusLine(std.err, isTerminal(std.err)), std: std, next: time.Now().Add(time.Second)}
	if !p.status.terminal {
		p.next = time.Now().Add(pulseEvery)
	}
	return p
}

// above returns a writer for lines of the log.
func (p *pulse) above() aboveLine { return aboveLine{p.status, p.std.err} }

// say says how far it is, if that is due.
func (p *pulse) say(text func() string) {
	now := time.Now()
	if now.Before(p.next) {
		return
	}
	if p.next = now.Add(time.Second); p.status.terminal {
		p.status.showText(text())
		return
	}
	p.next = now.Add(pulseEvery)
	write(p.std.err, "openai-audit reconcile: "+text()+"\n")
}

// end leaves the terminal with a clean line.
func (p *pulse) end() { p.status.end() }
