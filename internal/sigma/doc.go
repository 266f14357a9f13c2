// Package sigma tests the detections in conf/sigma: that each is a valid Sigma rule (specification 2.1.0,
// github.com/SigmaHQ/sigma-specification), that it finds what it is for and nothing else, and that the catalog
// of event types names it.
//
// Rules are run by an evaluator that knows what these rules use of Sigma, and refuses the rest, so that none
// passes by being misunderstood. testdata has a file for each rule, with events that it is to find ("match")
// and such that it is not ("other"); for a correlation each section is one sequence of events.
package sigma
