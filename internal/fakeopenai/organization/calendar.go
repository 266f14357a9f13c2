package organization

import (
	"math/bits"
	"time"
)

// Rhythm is how an organization's events spread over the week.
type Rhythm uint8

const (
	// Steady spreads events evenly.
	Steady Rhythm = iota
	// OfficeHours has most events on working days, UTC, fewer in the evening, and few at night and on weekends.
	OfficeHours
)

// hourWeight is the relative density of an hour: 0 is Monday 00:00 to 01:00, 167 the last hour of Sunday.
func (r Rhythm) hourWeight(hour int) int64 {
	if r == Steady {
		return 1
	}
	day, h := hour/24, hour%24
	switch {
	case day >= 5 || h < 6:
		return 1
	case h >= 8 && h < 18 && h != 12:
		return 7
	default:
		return 3
	}
}

const (
	hoursOfWeek = 7 * 24
	hourNanos   = int64(time.Hour)
)

// calendar maps time to weight, of which a busy hour has more than a quiet one: events are spread evenly over weight. It
// works in integers, so that a seed means the same events on every machine.
type calendar struct {
	monday int64                  // Unix nanoseconds of a Monday 00:00 UTC at or before everything mapped
	rate   [hoursOfWeek]int64     // weight per nanosecond
	sum    [hoursOfWeek + 1]int64 // weight before each hour of the week
}

func newCalendar(r Rhythm, from time.Time) calendar {
	from = from.UTC()
	day := time.Date(from.Year(), from.Month(), from.Day(), 0, 0, 0, 0, time.UTC)
	c := calendar{monday: day.AddDate(0, 0, -(int(day.Weekday())+6)%7).UnixNano()}
	for h := range hoursOfWeek {
		c.rate[h] = r.hourWeight(h)
		c.sum[h+1] = c.sum[h] + c.rate[h]*hourNanos
	}
	return c
}

// week is the weight of a whole week.
func (c *calendar) week() int64 { return c.sum[hoursOfWeek] }

// weight of the Unix nanosecond t, at or after c.monday.
func (c *calendar) weight(t int64) int64 {
	t -= c.monday
	weeks, rest := t/(hoursOfWeek*hourNanos), t%(hoursOfWeek*hourNanos)
	hour, part := rest/hourNanos, rest%hourNanos
	return weeks*c.week() + c.sum[hour] + part*c.rate[hour]
}

// time is the first Unix nanosecond whose weight is at least w.
func (c *calendar) time(w int64) int64 {
	weeks, rest := w/c.week(), w%c.week()
	low, high := 0, hoursOfWeek // sum[low] <= rest < sum[high]
	for high-low > 1 {
		if mid := (low + high) / 2; c.sum[mid] <= rest {
			low = mid
		} else {
			high = mid
		}
	}
	rest -= c.sum[low]
	return c.monday + weeks*hoursOfWeek*hourNanos + int64(low)*hourNanos + (rest+c.rate[low]-1)/c.rate[low]
}

// scale returns x*num/den without overflow in between.
func scale(x, num, den uint64) uint64 {
	hi, lo := bits.Mul64(x, num)
	if hi >= den {
		return 1<<64 - 1
	}
	q, _ := bits.Div64(hi, lo, den)
	return q
}
