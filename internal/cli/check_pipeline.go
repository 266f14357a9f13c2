package cli

import (
	"strings"

	"fluent-bit-openai-audit/internal/fluentbitconf"
	"fluent-bit-openai-audit/internal/probe"
)

// areaPipeline is what Fluent Bit makes of the records once it has taken them. The plugin counts them as delivered then,
// and cannot see what becomes of them: only the configuration tells.
const areaPipeline probe.Area = "pipeline"

// checkPipeline looks for settings of Fluent Bit that lose an input's records.
func checkPipeline(conf *fluentbitconf.Configuration, input *fluentbitconf.Stanza) []probe.Finding {
	p := pipelineCheck{conf: conf, input: input}
	p.outputs()
	p.storage()
	p.sync()
	p.checksum()
	p.retags()
	return p.findings
}

// pipelineCheck is one look at the pipeline behind one input.
type pipelineCheck struct {
	conf     *fluentbitconf.Configuration
	input    *fluentbitconf.Stanza
	findings []probe.Finding
}

func (p *pipelineCheck) say(level probe.Level, what, why, remedy string) {
	p.findings = append(p.findings, probe.Finding{Area: areaPipeline, Level: level, What: what, Why: why, Remedy: remedy})
}

// storageType returns where the input's records wait, as Fluent Bit decides it.
func (p *pipelineCheck) storageType() string {
	if own := p.input.Host["storage.type"]; own != "" {
		return strings.ToLower(own)
	}
	if on(p.conf.Service["storage.inherit"]) {
		return strings.ToLower(p.conf.Service["storage.type"])
	}
	return ""
}

func (p *pipelineCheck) storage() {
	const remedy = "set storage.type filesystem in this input"
	kind := p.storageType()
	switch kind {
	case "filesystem":
	case "", "memory":
		what := "storage.type is memory"
		if kind == "" {
			what = "storage.type is not set, which is memory"
		}
		p.say(probe.Warning, what, "records that no output has taken are lost when Fluent Bit ends, and are not fetched again", remedy)
	case "memrb":
		p.say(probe.Warning, "storage.type is memrb", "when its memory is full, the oldest records are dropped for new ones, and are not fetched again", remedy)
	default:
		p.say(probe.Problem, "storage.type: Fluent Bit has no such storage, and does not start", "", remedy)
	}
	switch path := p.conf.Service["storage.path"]; {
	case path != "":
	case kind == "filesystem":
		p.say(probe.Problem, "storage.path is not set in the service section: Fluent Bit does not start with storage.type filesystem",
			"", "set storage.path to a folder that outlives the container, as that of db does")
	default:
		p.say(probe.Warning, "storage.path is not set in the service section", "without it Fluent Bit keeps nothing on disk",
			"set storage.path to a folder that outlives the container, as that of db does")
	}
}

// sync looks at how long records may wait before they are written through to the disk.
func (p *pipelineCheck) sync() {
	const longest = 1 // second, since the plugin counts on it
	if !strings.EqualFold(p.conf.Service["storage.sync"], "full") {
		return
	}
	name, seconds := "flush", float(p.conf.Service["flush"], longest)
	if on(p.conf.Service["flush.adaptive"]) {
		const usual = 2
		name, seconds = "flush.adaptive.max_interval", float(p.conf.Service["flush.adaptive.max_interval"], usual)
	}
	if seconds > longest {
		p.say(probe.Warning, name+" is above 1 with storage.sync full",
			"records are written through to the disk at a flush, and count as delivered 2 s after Fluent Bit took them: a power cut "+
				"between the two loses them", "set "+name+" to 1")
	}
}

func (p *pipelineCheck) checksum() {
	if !on(p.conf.Service["storage.checksum"]) {
		return
	}
	why := "a checksum is complete only after a flush: of a Fluent Bit that was killed before, the next one refuses to read what is good"
	if on(p.conf.Service["storage.delete_irrecoverable_chunks"]) {
		why += ", and storage.delete_irrecoverable_chunks has it deleted"
	}
	p.say(probe.Warning, "storage.checksum is on", why, "set storage.checksum off")
}

// retags looks at filters that put records into an input of their own.
func (p *pipelineCheck) retags() {
	for _, f := range p.conf.Retags(p.input) {
		if strings.EqualFold(f.Properties["emitter_storage.type"], "filesystem") {
			continue
		}
		p.say(probe.Warning, "the filter "+cutQuoted(f.Name)+" keeps the records that it gives another tag in memory",
			"those that no output has taken are lost when Fluent Bit ends, and are not fetched again",
			"set emitter_storage.type filesystem in the filter")
	}
}
