//go:build linux

package main

import (
	"fmt"
	"math"
	"strings"
)

// plot draws lines over a logarithmic x axis.
type plot struct {
	name, title string
	x, y        string // what the axes are
	lines       []line
}

type line struct {
	label  string
	dashed bool
	points [][2]float64
}

const (
	plotWidth, plotHeight                    = 640, 400
	plotLeft, plotRight, plotTop, plotBottom = 70, 170, 40, 50
)

// svg draws the plot.
func (p plot) svg() []byte {
	xs, ys := p.ranges()
	at := func(x, y float64) (float64, float64) {
		return plotLeft + (math.Log(x)-math.Log(xs[0]))/(math.Log(xs[1])-math.Log(xs[0]))*(plotWidth-plotLeft-plotRight),
			plotHeight - plotBottom - y/ys*(plotHeight-plotTop-plotBottom)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n", plotWidth, plotHeight)
	fmt.Fprintf(&b, "<rect width=\"%d\" height=\"%d\" fill=\"white\"/>\n", plotWidth, plotHeight)
	fmt.Fprintf(&b, "<text x=\"%d\" y=\"20\" font-size=\"14\">%s</text>\n", plotLeft, p.title)
	fmt.Fprintf(&b, "<text x=\"%d\" y=\"%d\">%s</text>\n", plotLeft, plotHeight-10, p.x)
	fmt.Fprintf(&b, "<text transform=\"translate(14 %d) rotate(-90)\">%s</text>\n", plotHeight-plotBottom, p.y)
	for i := range 5 {
		v := ys * float64(i) / 4
		_, y := at(xs[0], v)
		fmt.Fprintf(&b, "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
			plotLeft, y, plotWidth-plotRight, plotLeft-6, y+4, count(v))
	}
	for _, x := range p.ticks() {
		px, _ := at(x, 0)
		fmt.Fprintf(&b, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>\n", px, plotHeight-plotBottom+18, count(x))
	}
	colors := []string{"#1b6ca8", "#c0392b", "#2e8b57", "#8e44ad", "#b9770e"}
	for i, l := range p.lines {
		color, dash := colors[i/2%len(colors)], ""
		if !p.paired() {
			color = colors[i%len(colors)]
		}
		if l.dashed {
			dash = " stroke-dasharray=\"5 4\""
		}
		var path strings.Builder
		for j, pt := range l.points {
			x, y := at(pt[0], pt[1])
			fmt.Fprintf(&path, "%s%.1f %.1f", map[bool]string{true: "M", false: "L"}[j == 0], x, y)
		}
		fmt.Fprintf(&b, "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"%s/>\n", path.String(), color, dash)
		fmt.Fprintf(&b, "<path d=\"M%d %dh24\" stroke=\"%s\" stroke-width=\"2\"%s/><text x=\"%d\" y=\"%d\">%s</text>\n",
			plotWidth-plotRight+10, plotTop+10+18*i, color, dash, plotWidth-plotRight+40, plotTop+14+18*i, l.label)
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

// paired reports whether each line is followed by a dashed one of its color.
func (p plot) paired() bool {
	for i, l := range p.lines {
		if l.dashed != (i%2 == 1) {
			return false
		}
	}
	return true
}

func (p plot) ranges() (xs [2]float64, top float64) {
	xs = [2]float64{math.Inf(1), math.Inf(-1)}
	for _, l := range p.lines {
		for _, pt := range l.points {
			xs[0], xs[1], top = min(xs[0], pt[0]), max(xs[1], pt[0]), max(top, pt[1])
		}
	}
	if step := math.Pow(10, math.Floor(math.Log10(top))); top > 0 {
		top = math.Ceil(top/step) * step
	}
	return xs, top
}

func (p plot) ticks() (all []float64) {
	seen := make(map[float64]bool)
	for _, l := range p.lines {
		for _, pt := range l.points {
			if !seen[pt[0]] {
				seen[pt[0]] = true
				all = append(all, pt[0])
			}
		}
	}
	return all
}
