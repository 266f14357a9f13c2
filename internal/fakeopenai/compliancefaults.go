package fakeopenai

// Faults of the compliance logs.
const (
	BoundaryRepeat Kind = "boundary_repeat"
	NullEnd        Kind = "null_end"
	WrongSum       Kind = "wrong_sum"
	Gone           Kind = "gone"
	Expired        Kind = "expired"
)

// complianceFaults are those of log files alone. Which requests a fault of any kind meets, its path tells: that of a
// list ends in /logs, that of a download goes on with the file's id, and that of a signed address begins with /signed/.
func complianceFaults() []FaultKind {
	kind := func(at stage, k Kind, summary string, could func(*exchange, *fileRequest) bool, apply func(*fileRequest, strike), params ...FaultParam) FaultKind {
		return FaultKind{
			Kind: k, Summary: summary, Params: params, stage: at,
			could: func(x *exchange, _ string) bool { return x.logs != nil && could(x, x.logs) },
			apply: func(x *exchange, f strike) { apply(x.logs, f) },
		}
	}
	list := func(_ *exchange, p *fileRequest) bool { return len(p.query.Types) > 0 }
	listed := func(_ *exchange, p *fileRequest) bool { return len(p.files) > 0 }
	download := func(x *exchange, p *fileRequest) bool { return p.route != "" && len(x.params) == 2 }
	signed := func(_ *exchange, p *fileRequest) bool { return p.route == "" }
	return []FaultKind{
		kind(stageQuery, BoundaryRepeat, "list the files that end at after, too", list,
			func(p *fileRequest, _ strike) { p.query.Inclusive = true }),
		kind(stagePage, NullEnd, "last_end_time null", listed, func(p *fileRequest, _ strike) { p.nullEnd = true }),
		kind(stagePage, WrongSum, "a log file that is not what its hash says: the file is another, or the hash in the list",
			func(x *exchange, p *fileRequest) bool { return signed(x, p) || listed(x, p) },
			func(p *fileRequest, f strike) {
				p.wrongHash, p.spoiled = f.form == "listed", f.form == "file"
			}, form("file", "listed")),
		kind(stagePage, Gone, "404 for a log file that was listed", download, func(p *fileRequest, _ strike) { p.gone = true }),
		kind(stagePage, Expired, "a signed address that does not work any more", signed, func(p *fileRequest, _ strike) { p.expired = true }),
	}
}
