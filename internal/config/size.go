package config

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

var (
	errNoSize   = errors.New("not a size")
	errLongSize = errors.New("larger than a size can be")
)

// sizeUnit is a unit and its name.
type sizeUnit struct {
	name string
	unit int64
}

// sizeUnits are the units a size may use, largest first. They are decimal, as in Fluent Bit.
func sizeUnits() []sizeUnit {
	return []sizeUnit{{"G", 1_000_000_000}, {"M", 1_000_000}, {"K", 1_000}}
}

// parseSize reads a number of bytes: "512K", "2M", "1.5G", "16MB", or a bare number. A fraction has at
// most three digits and needs a unit.
func parseSize(s string) (int64, error) {
	number := strings.ToUpper(s)
	unit := int64(1)
	for _, u := range sizeUnits() {
		head, ok := strings.CutSuffix(strings.TrimSuffix(number, "B"), u.name)
		if ok {
			number, unit = head, u.unit
			break
		}
	}
	whole, fraction, point := strings.Cut(number, ".")
	if !isDecimal(number) || point && unit == 1 {
		return 0, errNoSize
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n > math.MaxInt64/unit {
		return 0, errLongSize
	}
	thousandths, err := strconv.ParseInt((fraction + "000")[:3], 10, 64)
	if err != nil {
		return 0, errNoSize
	}
	total, part := n*unit, thousandths*(unit/1000)
	if total > math.MaxInt64-part {
		return 0, errLongSize
	}
	return total + part, nil
}

// formatSize writes n so that parseSize reads it back: "16M", "512K", "1500".
func formatSize(n int64) string {
	for _, u := range sizeUnits() {
		if n >= u.unit && n%u.unit == 0 {
			return strconv.FormatInt(n/u.unit, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10)
}

// nearSize guesses the size that s means: blanks inside, binary units, spelt-out bytes. It returns ""
// when it has no guess.
func nearSize(s string) string {
	guess := strings.ToUpper(strings.NewReplacer(" ", "", "_", "", ",", ".").Replace(s))
	guess = strings.TrimSuffix(strings.TrimSuffix(guess, "BYTES"), "BYTE")
	guess = strings.TrimSuffix(guess, "IB")
	n, err := parseSize(guess)
	if err != nil || strings.EqualFold(guess, s) {
		return ""
	}
	return formatSize(n)
}
