package probe

import (
	"fmt"
	"time"
)

// clockTolerance is how far this machine's clock may be off before it is worth a word.
const clockTolerance = 30 * time.Second

// Clock compares this machine's clock with the server's: date is the Date of an answer, zero when it had none, to a
// request that was sent and answered at the given times.
func Clock(date, sent, answered time.Time) Finding {
	if date.IsZero() {
		return Finding{
			Area: AreaClock, Level: Unknown,
			What: "the server does not tell its time (no Date in its answer)",
			Why: "what is fetched goes by the server's clock, as far as that is told, and by this machine's otherwise; a gateway may " +
				"have taken the header away",
			Remedy: "let the gateway pass the header Date, and keep this machine's clock synchronized",
		}
	}
	// A Date is cut to its second, and taken somewhere between sending and answering.
	middle := sent.Add(answered.Sub(sent) / 2)
	ahead := middle.Sub(date.Add(time.Second / 2))
	doubt := answered.Sub(sent)/2 + time.Second/2
	off := max(ahead.Abs()-doubt, 0)
	if off <= clockTolerance {
		return Finding{
			Area: AreaClock, Level: OK,
			What: fmt.Sprintf("this machine's clock agrees with the server's to %s", max(off, time.Second).Round(time.Second)),
		}
	}
	where := "ahead of"
	if ahead < 0 {
		where = "behind"
	}
	return Finding{
		Area: AreaClock, Level: Warning,
		What: fmt.Sprintf("this machine's clock is %s %s the server's", Age(ahead.Abs()), where),
		Why: "what is fetched goes by the server's clock, so no event is lost by it; but certificates are checked, and logs and " +
			"metrics are stamped, by this one",
		Remedy: "synchronize this machine's clock (NTP)",
	}
}

// Age writes a duration in its two largest units: 3d4h, 16m40s, 12s. Below a second it is "0s".
func Age(d time.Duration) string {
	const day = 24 * time.Hour
	d = d.Round(time.Second)
	for _, u := range []struct {
		large, small time.Duration
		a, b         string
	}{{day, time.Hour, "d", "h"}, {time.Hour, time.Minute, "h", "m"}, {time.Minute, time.Second, "m", "s"}} {
		if d < u.large {
			continue
		}
		text := fmt.Sprint(int64(d/u.large)) + u.a
		if rest := d % u.large / u.small; rest > 0 {
			text += fmt.Sprint(int64(rest)) + u.b
		}
		return text
	}
	return fmt.Sprint(int64(d/time.Second)) + "s"
}
